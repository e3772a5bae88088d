/** The sign that an answer is on its way. */

import { need } from "../shared/dom.js";
import { say } from "../shared/words.js";

// After this the reader is told that the answer takes longer than usual.
const LONG = 12_000;

export class Working {
  constructor() {
    this.sign = need("#working", HTMLElement);
    this.words = need("span", HTMLElement, this.sign);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.long = undefined;
  }

  begin() {
    this.sign.hidden = false;
    this.words.textContent = say("widget.working");
    clearTimeout(this.long);
    this.long = setTimeout(() => (this.words.textContent = say("widget.still_working")), LONG);
  }

  over() {
    clearTimeout(this.long);
    this.sign.hidden = true;
  }
}
