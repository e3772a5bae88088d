/** Open tickets that the one being written may repeat, shown while it is written. */

import { Refused, get } from "../shared/api.js";
import { need } from "../shared/dom.js";
import { say } from "../shared/words.js";

// Somebody who types is not interrupted at every letter.
const PAUSE = 300;

/** @typedef {{ ticket: { id: string, number: string, subject: string }, why: string[] }} Like */

export class Similar {
  /** @param {Record<string, string>} headers */
  constructor(headers) {
    this.headers = headers;
    this.field = need("#ticket-subject", HTMLInputElement);
    this.place = need("#ticket-similar", HTMLElement);
    this.contact = "";
    this.asked = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.soon = undefined;
    this.field.addEventListener("input", () => {
      clearTimeout(this.soon);
      this.soon = setTimeout(() => void this.look(), PAUSE);
    });
  }

  /** @param {string} contact whose ticket it is to be */
  begin(contact) {
    this.contact = contact;
    this.show([]);
    void this.look();
  }

  async look() {
    const asked = (this.asked += 1);
    const query = new URLSearchParams({ text: this.field.value, contact: this.contact });
    try {
      const { items } = await get(`/api/v1/tickets/similar?${query}`, this.headers);
      if (asked === this.asked) this.show(items); // an older answer may come last
    } catch (error) {
      // It is a hint: without it the ticket can be opened all the same.
      if (!(error instanceof Refused)) throw error;
    }
  }

  /** @param {Like[]} items */
  show(items) {
    this.place.hidden = !items.length;
    if (!items.length) return this.place.replaceChildren();
    const title = document.createElement("b");
    title.textContent = say("similar.title");
    const list = document.createElement("ul");
    list.className = "plain-list";
    list.append(...items.map((item) => line(item)));
    return this.place.replaceChildren(title, list);
  }
}

/** @param {Like} like */
function line({ ticket, why }) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = `/console/tickets/${ticket.id}`;
  link.target = "sinmungo-tickets";
  link.textContent = ticket.number;
  const subject = document.createElement("span");
  subject.dir = "auto";
  subject.textContent = ` ${ticket.subject} `;
  const reason = document.createElement("span");
  reason.className = "small";
  reason.textContent = `(${why.map((code) => say(`similar.${code}`)).join(", ")})`;
  item.append(link, subject, reason);
  return item;
}
