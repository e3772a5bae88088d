/** The one question after a talk. */

import { need } from "../shared/dom.js";
import { storage } from "../shared/storage.js";

const KEPT = "sinmungo.rated";

export class Survey {
  /**
   * @param {HTMLFormElement} form
   * @param {(body: { score: number, comment?: string }) => void} answer
   */
  constructor(form, answer) {
    this.form = form;
    this.thanks = need("#thanks", HTMLElement);
    this.conversation = "";
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const given = new FormData(form);
      const comment = String(given.get("comment") ?? "").trim();
      answer({ score: Number(given.get("score")), ...(comment ? { comment } : {}) });
    });
  }

  /** @param {string} conversation */
  open(conversation) {
    this.conversation = conversation;
    if (storage.getItem(KEPT) === conversation) return;
    this.form.reset();
    this.form.hidden = false;
    this.thanks.hidden = true;
    this.form.scrollIntoView({ block: "end" });
  }

  close() {
    this.form.hidden = true;
    this.thanks.hidden = true;
    // A talk taken up again will have an end, and a question, of its own.
    if (this.conversation) storage.removeItem(KEPT);
  }

  thank() {
    const focused = this.form.contains(document.activeElement);
    storage.setItem(KEPT, this.conversation);
    this.form.hidden = true;
    this.thanks.hidden = false;
    if (focused) this.thanks.focus();
  }
}
