/** Calling a colleague in a note: after an `@`, those whose names fit are offered. */

import { Refused, get } from "../shared/api.js";
import { need } from "../shared/dom.js";
import { say } from "../shared/words.js";

/** @typedef {{ id: string, called: string }} Colleague */

// As the desk reads it: within an address it is no call.
const CALL = /(?<![\p{L}\p{N}_.+-])[@＠]([^@＠\n]{0,60})$/u;
// The list does not scroll: a letter more narrows it.
const MOST = 6;

export class Mentions {
  /**
   * @param {HTMLTextAreaElement} field
   * @param {() => string} whom where to ask who can be called; empty where nobody is
   */
  constructor(field, whom) {
    this.field = field;
    this.whom = whom;
    this.list = need("#mention-list", HTMLElement);
    this.state = need("#mention-state", HTMLElement);
    this.asked = { key: "", people: /** @type {Promise<Colleague[]>} */ (Promise.resolve([])) };
    /** @type {Colleague[]} */
    this.fitting = [];
    this.at = 0;
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", this.list.id);
    field.addEventListener("input", () => void this.look());
    field.addEventListener("blur", () => this.close());
    field.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("mousedown", (event) => this.pressed(event));
  }

  /** The call that is being written where the cursor stands. */
  get call() {
    return CALL.exec(this.field.value.slice(0, this.field.selectionEnd));
  }

  async look() {
    const path = this.whom();
    const call = this.call;
    if (!path || !call) return this.close();
    const people = await this.people(path, call.index);
    const now = this.call;
    if (!now || now.index !== call.index || document.activeElement !== this.field) return undefined;
    const written = now[1] ?? "";
    if (people.some(({ called }) => lower(`${called} `) === lower(written))) return this.close();
    return this.show(people.filter(({ called }) => fits(called, written)).slice(0, MOST));
  }

  /**
   * Asked for once in each call: who may see a talk changes while it goes on.
   * @param {string} path
   * @param {number} start
   */
  people(path, start) {
    const key = `${path} ${start}`;
    if (this.asked.key !== key) this.asked = { key, people: colleagues(path) };
    return this.asked.people;
  }

  /** @param {Colleague[]} fitting */
  show(fitting) {
    if (!fitting.length) return this.close();
    this.fitting = fitting;
    this.list.replaceChildren(...fitting.map(({ called }, n) => option(called, n)));
    this.list.hidden = false;
    this.state.textContent = say("mentions.found", { n: fitting.length });
    return this.mark(0);
  }

  close() {
    this.fitting = [];
    this.list.hidden = true;
    this.list.replaceChildren();
    this.state.textContent = "";
    this.field.removeAttribute("aria-activedescendant");
  }

  /** @param {number} at */
  mark(at) {
    this.at = (at + this.fitting.length) % this.fitting.length;
    for (const [n, item] of [...this.list.children].entries()) {
      item.setAttribute("aria-selected", String(n === this.at));
    }
    this.field.setAttribute("aria-activedescendant", `mention-${this.at}`);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.fitting.length || event.isComposing || event.ctrlKey || event.metaKey) return;
    const keys = /** @type {Record<string, () => void>} */ ({
      ArrowDown: () => this.mark(this.at + 1),
      ArrowUp: () => this.mark(this.at - 1),
      Enter: () => this.take(this.at),
      Tab: () => this.take(this.at),
      Escape: () => this.close(),
    });
    const act = event.shiftKey ? undefined : keys[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  /** @param {MouseEvent} event */
  pressed(event) {
    event.preventDefault(); // the cursor stays in the note
    const item = event.target instanceof Element ? event.target.closest("[role=option]") : null;
    if (item) this.take([...this.list.children].indexOf(item));
  }

  /** @param {number} at */
  take(at) {
    const [call, chosen] = [this.call, this.fitting[at]];
    this.close();
    if (!call || !chosen) return;
    this.field.setRangeText(`@${chosen.called} `, call.index, this.field.selectionEnd, "end");
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/**
 * It is a help: without it the name can be written all the same.
 * @param {string} path
 * @returns {Promise<Colleague[]>}
 */
async function colleagues(path) {
  try {
    return (await get(path, {})).items;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return [];
  }
}

/**
 * Whether a name, or one of its words, begins with what is written.
 * @param {string} called
 * @param {string} written
 */
function fits(called, written) {
  const [name, sought] = [lower(called), lower(written)];
  return ` ${name}`.includes(` ${sought}`) && name !== sought;
}

/** @param {string} text */
function lower(text) {
  return text.toLocaleLowerCase();
}

/**
 * @param {string} called
 * @param {number} n
 */
function option(called, n) {
  const item = document.createElement("li");
  item.id = `mention-${n}`;
  item.setAttribute("role", "option");
  item.dir = "auto";
  item.textContent = called;
  return item;
}
