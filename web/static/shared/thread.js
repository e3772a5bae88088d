/** A thread on the page: each message once, in its order; the reader's place is kept. */

import { need } from "./dom.js";
import { render } from "./message.js";
import { rating } from "./rating.js";
import { say } from "./words.js";

/** @typedef {import("../../types").Message} Message */
/** @typedef {import("../../types").Draft} Draft */
/** @typedef {import("./message.js").Reader} Reader */

const NEAR_THE_END = 60;

export class Thread {
  /**
   * @param {HTMLElement} log the scrolling element with role="log"
   * @param {Reader} reader
   * @param {HTMLButtonElement} more shown when something new is out of sight
   */
  constructor(log, reader, more) {
    this.log = log;
    this.list = need("ol", HTMLOListElement, log);
    this.reader = reader;
    this.more = more;
    /** @type {Map<string, Message>} */
    this.messages = new Map();
    /** @type {Map<string, HTMLElement>} */
    this.pending = new Map();
    more.addEventListener("click", () => this.toEnd());
    /** Whether the reader is at the end, and so wants to stay there. */
    this.stays = true;
    log.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.height = log.clientHeight;
    // The keyboard of a phone, a notice or a longer draft take height away from the end.
    new ResizeObserver(() => this.resized()).observe(log);
  }

  resized() {
    this.height = this.log.clientHeight;
    if (this.stays) this.toEnd();
  }

  scrolled() {
    // A scroll told after the height changed was none of the reader's.
    if (this.log.clientHeight !== this.height) return;
    this.stays = this.atEnd();
    if (this.stays) this.more.hidden = true;
  }

  clear() {
    this.messages.clear();
    this.pending.clear();
    this.list.replaceChildren();
    this.more.hidden = true;
  }

  /** @param {Message[]} messages */
  load(messages) {
    this.clear();
    // Reading a whole thread aloud would bury the reader: a log speaks of what is added to it.
    this.log.setAttribute("aria-live", "off");
    for (const message of messages) this.place(message);
    this.keepChoicesOfLast();
    this.toEnd();
    setTimeout(() => this.log.setAttribute("aria-live", "polite"), 300);
  }

  /**
   * Show a message, once; the reader is taken along only from the end of the thread.
   * @param {Message} message
   */
  add(message) {
    if (this.messages.has(message.id)) return false;
    const atEnd = this.atEnd();
    const item = this.place(message);
    this.keepChoicesOfLast();
    // Whoever wrote it knows how it begins; what comes next is the answer.
    if (this.reader.isOwn(message)) this.toEnd();
    else if (atEnd) this.follow(item);
    else this.more.hidden = false;
    return true;
  }

  /**
   * To the end, but never past the beginning of what has just come: it is read from its top.
   * @param {HTMLElement} item
   */
  follow(item) {
    this.toEnd();
    const above = this.log.getBoundingClientRect().top - item.getBoundingClientRect().top;
    if (above > 0) this.log.scrollTop -= above + 8;
  }

  /**
   * Show what was said of an answer since it was shown.
   * @param {Message} message
   */
  rated(message) {
    const kept = this.messages.get(message.id);
    const item = this.list.querySelector(`#m-${message.id}`);
    if (!kept || !(item instanceof HTMLElement)) return;
    kept.helpful = message.helpful;
    kept.unhelpful = message.unhelpful;
    rating(item, kept, this.reader.rate);
    if (this.stays) this.toEnd();
  }

  /** @param {Message} message */
  place(message) {
    this.messages.set(message.id, message);
    const item = render(message, this.reader);
    const waiting = message.client_id ? this.pending.get(message.client_id) : undefined;
    if (waiting && message.client_id) {
      this.pending.delete(message.client_id);
      waiting.remove();
    }
    const first = this.pending.values().next().value;
    if (first) first.before(item);
    else this.list.append(item);
    return item;
  }

  /**
   * Show what was typed while the desk has not confirmed it.
   * @param {Draft} draft
   */
  expect(draft) {
    if (this.pending.has(draft.client_id) || this.knows(draft.client_id)) return;
    const item = render(
      {
        id: draft.client_id,
        author: "contact",
        author_id: "me",
        audience: draft.audience ?? "public",
        text: [draft.text, ...draft.file_names].filter(Boolean).join("\n"),
        language: document.documentElement.lang,
        act: null,
        citations: [],
        choices: [],
        client_id: draft.client_id,
        files: [],
        at: draft.at,
      },
      { ...this.reader, isOwn: () => true, nameOf: () => say("thread.you") },
    );
    item.classList.add("pending");
    this.pending.set(draft.client_id, item);
    this.list.append(item);
    this.mark(draft.client_id, say("thread.sending"));
    this.keepChoicesOfLast();
    this.toEnd();
  }

  /**
   * The id of the newest message of an author, or "".
   * @param {Message["author"]} author
   */
  lastOf(author) {
    const said = [...this.messages.values()].filter((message) => message.author === author);
    return said.at(-1)?.id ?? "";
  }

  /** @param {string} clientId */
  knows(clientId) {
    return [...this.messages.values()].some((message) => message.client_id === clientId);
  }

  /**
   * Say beside a pending message how it stands, with a way to try again where there is one.
   * @param {string} clientId
   * @param {string} text
   * @param {(() => void) | null} [retry]
   */
  mark(clientId, text, retry = null) {
    const item = this.pending.get(clientId);
    if (!item) return;
    const follow = this.atEnd();
    const state = need(".message-state", HTMLElement, item);
    state.hidden = false;
    need("span", HTMLElement, state).textContent = text;
    const button = need("button", HTMLButtonElement, state);
    button.hidden = !retry;
    button.onclick = retry;
    if (follow) this.toEnd();
  }

  /**
   * Say under the newest public message of a counselor whether the other side has seen it.
   * @param {string} seen the newest message known to have been seen
   * @param {string} sent
   * @param {string} read
   */
  receipt(seen, sent, read) {
    const all = [...this.messages.values()];
    const said = all.filter((one) => one.author === "counselor" && one.audience === "public");
    const last = said.at(-1);
    for (const state of this.list.querySelectorAll(".receipt")) {
      state.classList.remove("receipt");
      state.toggleAttribute("hidden", true);
    }
    const item = last && this.list.querySelector(`#m-${last.id}`);
    if (!last || !item) return;
    const at = all.findIndex(({ id }) => id === seen);
    const state = need(".message-state", HTMLElement, item);
    need("span", HTMLElement, state).textContent = at >= all.indexOf(last) ? read : sent;
    state.classList.add("receipt");
    state.hidden = false;
  }

  /** @param {string} clientId */
  forget(clientId) {
    this.pending.get(clientId)?.remove();
    this.pending.delete(clientId);
  }

  /** Choices belong to the last word of the talk; older ones are past. */
  keepChoicesOfLast() {
    const last = this.list.lastElementChild;
    for (const group of this.list.querySelectorAll(".message-choices:not([hidden])")) {
      if (last?.contains(group)) continue;
      group.toggleAttribute("hidden", true);
    }
  }

  atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_THE_END;
  }

  toEnd() {
    this.stays = true;
    this.log.scrollTop = this.log.scrollHeight;
    this.more.hidden = true;
  }
}
