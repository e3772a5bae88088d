/** The line that tells what went wrong. */

import { need } from "../shared/dom.js";

export class Notice {
  constructor() {
    this.box = need("#notice", HTMLElement);
    this.line = need("span", HTMLElement, this.box);
  }

  /**
   * @param {string} text
   * @param {string} [kind]
   */
  show(text, kind = "said") {
    this.box.dataset.kind = kind;
    // Said once: an alert that is written again is read out again.
    if (this.line.textContent !== text) this.line.textContent = text;
    this.box.hidden = false;
  }

  /** @param {string} [kind] only a notice of this kind */
  hide(kind) {
    if (kind && this.box.dataset.kind !== kind) return;
    this.box.hidden = true;
    this.line.textContent = "";
  }
}
