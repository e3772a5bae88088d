/** Moments in the reader's own words. */

import { language, say } from "./words.js";

const clock = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });
const day = new Intl.DateTimeFormat(language, {
  day: "numeric",
  month: "short",
  hour: "numeric",
  minute: "2-digit",
});

/** @param {string} iso */
export function shortly(iso) {
  const moment = new Date(iso);
  const today = moment.toDateString() === new Date().toDateString();
  return (today ? clock : day).format(moment);
}

/**
 * How long ago, in the largest unit that says enough.
 * @param {string} iso
 */
export function since(iso) {
  const minutes = Math.max(0, Math.floor((Date.now() - Date.parse(iso)) / 60_000));
  if (minutes < 1) return say("time.moment");
  if (minutes < 60) return say("time.minutes", { n: minutes });
  if (minutes < 48 * 60) return say("time.hours", { n: Math.floor(minutes / 60) });
  return say("time.days", { n: Math.floor(minutes / 1440) });
}

/** `<time-since datetime="…">`: keeps its own words true while it is on the page. */
class TimeSince extends HTMLElement {
  static observedAttributes = ["datetime"];

  connectedCallback() {
    this.show();
    this.beat = setInterval(() => this.show(), 20_000);
  }

  disconnectedCallback() {
    clearInterval(this.beat);
  }

  attributeChangedCallback() {
    this.show();
  }

  show() {
    const told = since(this.getAttribute("datetime") ?? "");
    if (this.textContent !== told) this.textContent = told;
  }
}

/** `<time-at>` holds a `<time>` with a full moment and shortens it for the reader. */
class TimeAt extends HTMLElement {
  connectedCallback() {
    const time = this.querySelector("time");
    if (time?.dateTime) time.textContent = shortly(time.dateTime);
  }
}

customElements.define("time-since", TimeSince);
customElements.define("time-at", TimeAt);
