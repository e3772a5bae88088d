/** Equal information: a warning beside what is being written about an open tender. */

import { need } from "../shared/dom.js";
import { say } from "../shared/words.js";

// Asked after a short rest of the keys; the desk itself looks again at whatever is sent.
const REST = 400;

/**
 * @typedef {object} Ways
 * @property {(text: string) => Promise<{ held: boolean, tender: string | null }>} ask
 * @property {() => Promise<void>} offer leave the question to be asked in public
 * @property {(reason: string) => Promise<void>} pass say it all the same
 * @property {(text: string) => void} complain
 */

export class Guard {
  /**
   * @param {HTMLFormElement} form
   * @param {Ways} ways
   */
  constructor(form, ways) {
    this.ways = ways;
    this.box = need("#guard", HTMLElement, form);
    this.words = need("#guard-text", HTMLElement, form);
    this.send = need("button.send", HTMLButtonElement, form);
    this.held = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.asked = 0;
    need("#guard-offer", HTMLButtonElement, form).addEventListener("click", () => void ways.offer());
    // Only who may let it pass has a place for the reason.
    const reason = form.querySelector("#guard-reason");
    this.reason = reason instanceof HTMLInputElement ? reason : null;
    this.reason?.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      this.pass();
    });
    form.querySelector("#guard-pass")?.addEventListener("click", () => this.pass());
  }

  /** @param {string} text what stands in the field, or nothing where it is for colleagues */
  look(text) {
    clearTimeout(this.timer);
    const mine = ++this.asked;
    if (!text.trim()) {
      this.release();
      return;
    }
    this.timer = setTimeout(() => void this.judge(text, mine), REST);
  }

  /**
   * @param {string} text
   * @param {number} mine an answer to an older text is worth nothing
   */
  async judge(text, mine) {
    try {
      const told = await this.ways.ask(text);
      if (mine !== this.asked) return;
      if (told.held) this.hold(told.tender ?? "");
      else this.release();
    } catch {
      // Nobody could be asked: the desk decides when it is sent.
      if (mine === this.asked) this.release();
    }
  }

  /** @param {string} tender */
  hold(tender) {
    const text = say("guard.warning", { tender });
    if (!this.held || this.words.textContent !== text) this.words.textContent = text;
    this.held = true;
    this.box.hidden = false;
    this.send.setAttribute("aria-disabled", "true");
  }

  release() {
    this.held = false;
    this.box.hidden = true;
    this.send.removeAttribute("aria-disabled");
    if (this.reason) this.reason.value = "";
  }

  /** Whether a text that is about to leave must stay; it is said why. */
  stops() {
    if (this.held) this.ways.complain(say("guard.held"));
    return this.held;
  }

  pass() {
    const why = this.reason?.value.trim() ?? "";
    if (why) void this.ways.pass(why);
    else {
      this.ways.complain(say("guard.no_reason"));
      this.reason?.focus();
    }
  }
}
