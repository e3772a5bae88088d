/** The conversation's token: kept over reloads, and the same in every tab. */

import { Refused, send } from "../shared/api.js";
import { storage } from "../shared/storage.js";
import { language } from "../shared/words.js";
import * as frame from "./frame.js";

const KEPT = "sinmungo.chat";
const PATH = "/api/v1/chat/sessions";

/** @typedef {{ conversation_id: string, token: string }} Held */

/**
 * Whoever the portal names keeps a talk of their own: the next person at this browser sees none of it.
 * @param {string} name
 */
export function own(name) {
  return frame.person.name ? `${name}.${frame.person.name}` : name;
}

export class Session {
  /** @param {{ onOpened: () => void, onSignedOut: () => void }} told */
  constructor(told) {
    this.told = told;
    /** @type {Held | null} */
    this.held = null;
    /** @type {Promise<Held> | null} */
    this.opening = null;
  }

  get headers() {
    return { authorization: `Bearer ${this.held?.token ?? ""}` };
  }

  /**
   * What this browser holds, here or in another tab.
   * @returns {Held | null}
   */
  stored() {
    return JSON.parse(storage.getItem(own(KEPT)) ?? "null");
  }

  /** @param {StorageEvent} event */
  changes(event) {
    return event.key === own(KEPT);
  }

  /** The conversation begins with the first thing that is sent. */
  async begun() {
    this.held ??= this.stored();
    if (this.held) return this.held;
    this.opening ??= this.opened().finally(() => (this.opening = null));
    return this.opening;
  }

  /** @returns {Promise<Held>} */
  async opened() {
    const held = await this.introduced();
    this.held = held;
    storage.setItem(own(KEPT), JSON.stringify(held));
    this.told.onOpened();
    return held;
  }

  /**
   * A new talk, in the name of whom the portal vouches for; without it once its word has run out.
   * @returns {Promise<Held>}
   */
  async introduced() {
    const { token } = frame.person;
    try {
      return await send(PATH, { language, ...(token ? { user_token: token } : {}) }, {});
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401 || !token) throw error;
      frame.nobody();
      this.told.onSignedOut();
      return this.introduced();
    }
  }

  /** This browser holds the talk no longer; the desk keeps it. */
  drop() {
    storage.removeItem(own(KEPT));
  }
}
