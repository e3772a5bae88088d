/** What was typed here and is not yet with the desk: kept over reloads, sent in its order, once. */

import { Refused } from "./api.js";

/** @typedef {import("../../types").Draft} Draft */

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 20_000;

/**
 * @typedef {object} Options
 * @property {string} key where it is kept
 * @property {Storage} storage
 * @property {(draft: Draft) => Promise<void>} post the desk knows the draft by its client_id
 * @property {(draft: Draft, error: Refused) => void} onDelay it stays and is tried again
 * @property {(draft: Draft, error: Refused) => void} onRefused the desk will not take it
 */

export class Outbox {
  /** @param {Options} options */
  constructor(options) {
    this.options = options;
    /** @type {Draft[]} */
    this.drafts = JSON.parse(options.storage.getItem(options.key) ?? "[]");
    this.pause = FIRST_PAUSE;
    this.sending = false;
    this.stopped = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    addEventListener("online", () => this.hurry());
  }

  /** @param {Draft} draft */
  add(draft) {
    this.drafts.push(draft);
    this.keep();
    this.hurry();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  hurry() {
    clearTimeout(this.timer);
    this.pause = FIRST_PAUSE;
    void this.send();
  }

  async send() {
    if (this.sending) return;
    this.sending = true;
    try {
      let draft;
      while (!this.stopped && (draft = this.drafts[0])) {
        if (!(await this.sent(draft))) return;
        this.drafts.shift();
        this.keep();
      }
    } finally {
      this.sending = false;
    }
  }

  /**
   * Whether the draft is done with: taken, or refused for good.
   * @param {Draft} draft
   */
  async sent(draft) {
    try {
      await this.options.post(draft);
      this.pause = FIRST_PAUSE;
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (!passing(error)) {
        this.options.onRefused(draft, error);
        return true;
      }
      this.options.onDelay(draft, error);
      this.again(error.retryAfter * 1000 || this.pause);
      return false;
    }
  }

  /** @param {number} pause */
  again(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.send(), pause);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
  }

  keep() {
    const { storage, key } = this.options;
    if (this.drafts.length) storage.setItem(key, JSON.stringify(this.drafts));
    else storage.removeItem(key);
  }
}

/** @param {Refused} error */
function passing(error) {
  return error.status === 0 || error.status === 429 || error.status >= 500;
}
