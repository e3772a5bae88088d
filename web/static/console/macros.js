/** Macros in a talk: found by a few letters, looked at, and applied to its ticket in one act. */

import { Refused, get, send } from "../shared/api.js";
import { need } from "../shared/dom.js";
import { fetched } from "../shared/fragment.js";
import { say } from "../shared/words.js";

/** @typedef {import("./talk.js").Talk} Talk */
/** @typedef {{ id: string, name: string, updated_at: string }} Macro */
/** @typedef {{ macro: Macro, moves: boolean, hindrance: string | null }} Preview */

export class Macros {
  /** @param {Talk} talk */
  constructor(talk) {
    this.talk = talk;
    this.dialog = need("#macros-dialog", HTMLDialogElement);
    this.choice = need("#macros-choice", HTMLElement);
    this.field = need("#macros-q", HTMLInputElement);
    this.list = need("#macros-list", HTMLElement);
    this.plan = need("#macros-plan", HTMLElement);
    this.state = need("#macros-state", HTMLElement);
    this.back = need("#macros-back", HTMLButtonElement);
    this.button = need("#macros-apply", HTMLButtonElement);
    /** @type {Preview[]} */
    this.all = [];
    /** @type {Preview | null} */
    this.chosen = null;
    this.act = { client_id: "", ticket: "", conversation: "" };
    this.field.addEventListener("input", () => this.show());
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      this.list.querySelector("button")?.click();
    });
    this.back.addEventListener("click", () => this.choose());
    this.button.addEventListener("click", () => void this.apply());
  }

  get ticket() {
    return `/api/v1/tickets/${this.act.ticket}/macros`;
  }

  async open() {
    const ticket = this.talk.head.dataset.ticketId ?? "";
    this.act = { client_id: "", ticket, conversation: this.talk.id };
    this.field.value = "";
    this.list.replaceChildren();
    this.choose();
    this.state.textContent = say("console.loading");
    this.dialog.showModal();
    this.field.focus();
    try {
      this.all = (await get(`${this.ticket}?conversation=${this.talk.id}`, {})).items;
      this.show();
    } catch (error) {
      this.complain(error);
    }
  }

  /** The list again, as it was narrowed. */
  choose() {
    this.chosen = null;
    this.dress();
    this.state.textContent = "";
    this.field.focus();
  }

  dress() {
    this.choice.hidden = this.chosen !== null;
    this.plan.hidden = this.chosen === null;
    this.back.hidden = this.chosen === null;
    this.button.hidden = !this.chosen || this.chosen.hindrance !== null;
  }

  show() {
    const sought = this.field.value.trim().toLocaleLowerCase();
    const fitting = this.all.filter(({ macro }) => macro.name.toLocaleLowerCase().includes(sought));
    this.list.replaceChildren(...fitting.map((one) => this.item(one)));
    this.state.textContent = fitting.length ? "" : say("macros.none");
  }

  /** @param {Preview} preview */
  item(preview) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "reply";
    const name = document.createElement("b");
    name.textContent = preview.macro.name;
    button.append(name);
    if (preview.hindrance) {
      const why = document.createElement("span");
      why.textContent = say(`macros.hindrance_${preview.hindrance}`);
      button.append(why);
    }
    button.addEventListener("click", () => void this.look(preview));
    item.append(button);
    return item;
  }

  /**
   * What it would change, as the server tells it; the next Enter applies it.
   * @param {Preview} preview
   */
  async look(preview) {
    const { ticket, conversation } = this.act;
    try {
      const address = `/console/tickets/${ticket}/macros/${preview.macro.id}?c=${conversation}`;
      this.plan.replaceChildren(await fetched(address));
    } catch (error) {
      this.complain(error);
      return;
    }
    this.chosen = preview;
    // One look is one act, however often the button is pressed.
    this.act.client_id = crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`;
    this.state.textContent = "";
    this.dress();
    (this.button.hidden ? this.back : this.button).focus();
  }

  async apply() {
    if (!this.chosen) return;
    const { macro, moves } = this.chosen;
    const { client_id, conversation } = this.act;
    const body = { client_id, conversation, seen: macro.updated_at };
    // From the moment it is passed on it may be out of sight: nothing is asked about it any more.
    this.talk.loading = moves;
    try {
      await send(`${this.ticket}/${macro.id}`, body, this.talk.desk.headers);
    } catch (error) {
      this.complain(error);
      return;
    } finally {
      this.talk.loading = false;
    }
    this.dialog.close();
    if (moves && this.talk.id === conversation) this.talk.close();
    await this.talk.settle("macros.applied");
    if (moves) need("#lists", HTMLElement).focus();
  }

  /** @param {unknown} error */
  complain(error) {
    if (!(error instanceof Refused)) throw error;
    this.state.textContent = say(why(error));
  }
}

/** @param {Refused} error */
function why({ code, reason }) {
  if (code === "offline") return "console.offline";
  if (code === "equal_information") return "macros.hindrance_open_tender";
  return code === "conflict" && reason ? `macros.hindrance_${reason}` : "console.failed";
}
