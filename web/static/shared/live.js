/** The live stream: a socket, and its GET twin whenever there is none. Nobody needs to edit this. */

import { Refused, get } from "./api.js";

/** @typedef {import("../../types").DeskEvent} DeskEvent */
/** @typedef {import("../../types").Sign} Sign */

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
// The desk sends a heartbeat every 25 seconds: after two silent ones the socket is dead.
const SILENCE = 60_000;

/**
 * @typedef {object} Options
 * @property {string} socket path of the stream
 * @property {string} twin path of its GET twin
 * @property {number} after the last event already known
 * @property {string[]} [protocols]
 * @property {Record<string, string>} [headers] for the twin
 * @property {(event: DeskEvent) => void} onEvent
 * @property {(sign: Sign) => void} [onSign] what holds for the moment and is kept nowhere
 * @property {(state: "live" | "polling" | "offline" | "refused") => void} onState
 */

export class Live {
  /** @param {Options} options */
  constructor(options) {
    this.options = options;
    this.last = options.after;
    this.pause = FIRST_PAUSE;
    this.stopped = false;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.silence = undefined;
    this.wake = () => this.hurry();
  }

  start() {
    addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    this.connect();
  }

  stop() {
    this.stopped = true;
    removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    this.socket?.close();
  }

  connect() {
    if (this.stopped) return;
    const url = new URL(this.options.socket, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("after", String(this.last));
    const socket = new WebSocket(url, this.options.protocols ?? []);
    this.socket = socket;
    this.listen();
    socket.onopen = () => {
      this.pause = FIRST_PAUSE;
      this.options.onState("live");
    };
    socket.onmessage = (told) => {
      this.listen();
      this.take(JSON.parse(told.data));
    };
    socket.onclose = () => {
      if (this.socket === socket) this.lost();
    };
  }

  listen() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.drop(), SILENCE);
  }

  /** Give a socket up at once; waiting for its polite end may take a minute. */
  drop() {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.lost();
  }

  async lost() {
    this.socket = null;
    clearTimeout(this.silence);
    if (this.stopped) return;
    await this.catchUp();
    if (this.stopped || this.socket) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
  }

  async catchUp() {
    try {
      const more = await get(`${this.options.twin}?after=${this.last}`, this.options.headers ?? {});
      for (const event of more.events) this.take(event);
      this.last = Math.max(this.last, more.last);
      if (!this.stopped) this.options.onState("polling");
    } catch (error) {
      const refused = error instanceof Refused && (error.status === 401 || error.status === 403);
      if (refused) this.stop();
      this.options.onState(refused ? "refused" : "offline");
    }
  }

  hurry() {
    if (this.socket || this.stopped || document.hidden) return;
    clearTimeout(this.timer);
    this.pause = FIRST_PAUSE;
    this.connect();
  }

  /**
   * Upwards goes only what may be lost.
   * @param {Record<string, string>} sign
   */
  sign(sign) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(sign));
  }

  /** @param {DeskEvent | Sign} event */
  take(event) {
    if (!("id" in event)) {
      if (!this.stopped) this.options.onSign?.(event);
      return;
    }
    if (!event.id || event.id <= this.last || this.stopped) return;
    this.last = event.id;
    this.options.onEvent(event);
  }
}
