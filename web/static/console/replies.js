/** Canned replies: found by a few letters, filled in, and put where the answer is written. */

import { Refused, get } from "../shared/api.js";
import { need } from "../shared/dom.js";
import { say } from "../shared/words.js";

/** @typedef {{ id: string, name: string, texts: Record<string, string> }} Reply */

export class Replies {
  /**
   * @param {object} desk
   * @param {() => string} desk.language of the conversation that is open
   * @param {() => Record<string, string>} desk.places what a place stands for
   * @param {(text: string) => void} desk.insert into the answer
   */
  constructor(desk) {
    this.desk = desk;
    this.dialog = need("#replies-dialog", HTMLDialogElement);
    this.field = need("#replies-q", HTMLInputElement);
    this.list = need("#replies-list", HTMLElement);
    this.state = need("#replies-state", HTMLElement);
    /** @type {Reply[]} */
    this.all = [];
    this.field.addEventListener("input", () => this.show());
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      const first = this.list.querySelector("button");
      if (first) first.click();
    });
  }

  async open() {
    this.field.value = "";
    this.list.replaceChildren();
    this.state.textContent = say("console.loading");
    this.dialog.showModal();
    this.field.focus();
    try {
      this.all = (await get("/api/v1/replies", {})).items;
      this.show();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.state.textContent = say("console.failed");
    }
  }

  show() {
    const sought = this.field.value.trim().toLocaleLowerCase();
    const fitting = this.all.filter(({ name, texts }) =>
      [name, ...Object.values(texts)].some((text) => text.toLocaleLowerCase().includes(sought)),
    );
    this.list.replaceChildren(...fitting.map((reply) => this.item(reply)));
    this.state.textContent = fitting.length ? "" : say("console.replies_none");
  }

  /** @param {Reply} reply */
  item(reply) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "reply";
    const [language, text] = worded(reply, this.desk.language());
    const name = document.createElement("b");
    name.textContent = reply.name;
    const filled = document.createElement("span");
    filled.lang = language;
    filled.dir = "auto";
    filled.textContent = this.filled(text);
    button.append(name, filled);
    button.addEventListener("click", () => {
      this.dialog.close();
      this.desk.insert(this.filled(text));
    });
    item.append(button);
    return item;
  }

  /** @param {string} text */
  filled(text) {
    const places = this.desk.places();
    // A name that nobody gave goes with the comma before it and the title behind it.
    return text
      .replace(/[,，]?\s?\{(\w+)\}님?/g, (whole, place) => (places[place] === "" ? "" : whole))
      .replace(/\{(\w+)\}/g, (whole, place) => places[place] ?? whole);
  }
}

/**
 * The wording in the language of the talk, else the one that there is.
 * @param {Reply} reply
 * @param {string} language
 * @returns {[string, string]}
 */
function worded({ texts }, language) {
  const spoken = [language, "en", ...Object.keys(texts)].find((code) => texts[code]) ?? "en";
  return [spoken, texts[spoken] ?? ""];
}
