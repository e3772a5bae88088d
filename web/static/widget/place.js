/** Where a waiting person stands: seen at once, said aloud seldom. */

import { need } from "../shared/dom.js";
import { say } from "../shared/words.js";

// A queue that moves quickly must not be read out at every step.
const QUIET = 20_000;

/** @typedef {{ ahead: number, minutes: number | null }} Stand */

export class Place {
  constructor() {
    this.line = need("#place", HTMLElement);
    this.aloud = need("#place-aloud", HTMLElement);
    this.told = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.later = undefined;
  }

  /** @param {Stand | null} stand null where nobody is waited for */
  show(stand) {
    const text = stand ? words(stand) : "";
    this.line.hidden = !text;
    if (this.line.textContent === text) return;
    this.line.textContent = text;
    clearTimeout(this.later);
    const wait = text ? Math.max(0, this.told + QUIET - Date.now()) : 0;
    this.later = setTimeout(() => {
      if (text) this.told = Date.now();
      this.aloud.textContent = text;
    }, wait);
  }
}

/** @param {Stand} stand */
function words({ ahead, minutes }) {
  const place = ahead ? say("widget.place", { n: ahead }) : say("widget.place_next");
  if (minutes === null) return place;
  const wait = minutes ? say("widget.wait", { n: minutes }) : say("widget.wait_short");
  return `${place} ${wait}`;
}
