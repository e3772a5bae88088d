/**
 * The phone of a counselor: the call that they are on, wherever they were rung, and, in the browser,
 * the line itself. It lives beside the parts of the page that are swapped, so nothing drops a call.
 */

import { get, send } from "../shared/api.js";
import { need } from "../shared/dom.js";
import { say } from "../shared/words.js";

/** @typedef {import("../../types").DeskEvent} DeskEvent */
/** @typedef {{ accept(): void, disconnect(): void, mute(on: boolean): void, isMuted(): boolean,
 *   sendDigits(keys: string): void, on(name: string, heard: () => void): void }} Line */
/** @typedef {{ on(name: string, heard: (line: Line) => void): void, register(): Promise<void>,
 *   updateToken(token: string): void }} Device */
/** @typedef {{ conversation: string, on_hold: boolean, call: { state: string, step: string,
 *   recorded: boolean | null } }} OwnCall */

const SDK = "/static/vendor/twilio-voice-2.18.5.min.js";
const SETTLING = 300;

export class Phone {
  /**
   * @param {{ headers: Record<string, string>, open: (id: string) => void, transfer: (id: string) => void,
   *   tell: (text: string) => void, fail: (error: unknown) => void }} desk
   */
  constructor(desk) {
    this.desk = desk;
    this.bar = need("#phone-bar", HTMLElement);
    this.state = need("#phone-state", HTMLElement);
    this.keypad = need("#phone-keypad", HTMLElement);
    this.buttons = Object.fromEntries(
      ["open", "mute", "hold", "pause", "transfer", "keys", "end"].map((name) => [
        name,
        need(`#phone-${name}`, HTMLButtonElement),
      ]),
    );
    /** @type {OwnCall | null} */
    this.own = null;
    /** @type {Line | null} */
    this.line = null;
    this.paused = false;
    this.browser = "";
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.soon = undefined;
    this.bar.addEventListener("click", (event) => this.pressed(event));
  }

  async start() {
    if (this.bar.dataset.calls !== "true") return; // a role that takes no calls
    await this.look();
    if (this.bar.dataset.browser !== "true") return;
    try {
      const { kind } = await get("/api/v1/phone/line", {});
      if (kind === "browser") await this.connect();
    } catch {
      this.browser = "lost";
      this.show();
    }
  }

  /** Sign in at the provider, to be rung here. */
  async connect() {
    await loaded(SDK);
    const { token } = await this.token();
    const { Device } = /** @type {any} */ (globalThis).Twilio;
    /** @type {Device} */
    const device = new Device(token, { logLevel: "error", closeProtection: true });
    device.on("incoming", (line) => this.rung(line));
    device.on("registered", () => this.stands("ready"));
    device.on("unregistered", () => this.stands("lost"));
    device.on("error", () => this.stands("lost"));
    device.on("tokenWillExpire", () => void this.token().then((fresh) => device.updateToken(fresh.token)));
    await device.register();
  }

  token() {
    return send("/api/v1/phone/token", {}, this.desk.headers);
  }

  /** @param {string} browser */
  stands(browser) {
    this.browser = browser;
    this.show();
  }

  /**
   * The talk was accepted already: the line that comes for it is taken at once.
   * @param {Line} line
   */
  rung(line) {
    this.line = line;
    for (const over of ["disconnect", "cancel", "reject"]) line.on(over, () => this.hungUp(line));
    line.accept();
    void this.look();
  }

  /** @param {Line} line */
  hungUp(line) {
    if (this.line === line) this.line = null;
    void this.look();
  }

  /** @param {DeskEvent} event */
  hear(event) {
    if (this.bar.dataset.calls !== "true") return;
    if (!/^(call|conversation|recording)\./.test(event.kind)) return;
    clearTimeout(this.soon);
    this.soon = setTimeout(() => void this.look(), SETTLING);
  }

  /** Ask the desk which call is one's own, and show it. */
  async look() {
    try {
      this.own = await get("/api/v1/phone/call", {});
    } catch {
      return; // the live stream tells of a lost connection
    }
    if (!this.own) this.paused = false;
    this.show();
  }

  show() {
    const { own, line, buttons } = this;
    const talking = own?.call.step === "room" || line !== null;
    this.bar.hidden = !own && !line && this.browser !== "lost";
    for (const name of ["open", "hold", "transfer", "end"]) shown(buttons[name], own !== null);
    shown(buttons.pause, own?.call.recorded === true);
    for (const name of ["mute", "keys"]) shown(buttons[name], line !== null);
    if (!line) this.keypad.hidden = true;
    pressed(buttons.hold, own?.on_hold === true);
    pressed(buttons.mute, line?.isMuted() === true);
    pressed(buttons.pause, this.paused);
    buttons.keys?.setAttribute("aria-expanded", String(!this.keypad.hidden));
    const told = say(`softphone.${this.standing(talking)}`);
    if (this.state.textContent !== told) this.state.textContent = told;
  }

  /** @param {boolean} talking */
  standing(talking) {
    if (!this.own && !this.line) return "lost";
    if (this.own?.on_hold) return "held";
    return talking ? "talking" : "rung";
  }

  /** @param {Event} event */
  pressed(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!(button instanceof HTMLButtonElement)) return;
    const key = button.dataset.key;
    if (key) this.line?.sendDigits(key);
    else void this.act(button.id.replace("phone-", ""));
  }

  /** @param {string} name */
  async act(name) {
    const id = this.own?.conversation ?? "";
    if (name === "open") this.desk.open(id);
    else if (name === "transfer") this.desk.transfer(id);
    else if (name === "mute") this.line?.mute(!this.line.isMuted());
    else if (name === "keys") this.keypad.hidden = !this.keypad.hidden;
    else if (name === "hold") await this.order(id, this.own?.on_hold ? "resume" : "hold");
    else if (name === "end") await this.order(id, "hang_up");
    else if (name === "pause" && (await this.order(id, this.paused ? "resume_recording" : "pause_recording"))) {
      this.paused = !this.paused;
    }
    this.show();
  }

  /**
   * @param {string} id
   * @param {string} verb
   */
  async order(id, verb) {
    try {
      await send(`/api/v1/conversations/${id}/call/${verb}`, {}, this.desk.headers);
      await this.look();
      return true;
    } catch (error) {
      this.desk.fail(error);
      return false;
    }
  }
}

/**
 * @param {HTMLElement | undefined} element
 * @param {boolean} is
 */
function shown(element, is) {
  if (element) element.hidden = !is;
}

/**
 * @param {HTMLElement | undefined} button
 * @param {boolean} is
 */
function pressed(button, is) {
  button?.setAttribute("aria-pressed", String(is));
}

/**
 * A script of others, fetched when it is needed.
 * @param {string} path
 * @returns {Promise<void>}
 */
function loaded(path) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = path;
    script.onload = () => resolve();
    script.onerror = () => reject(new Error(`${path} did not load`));
    document.head.append(script);
  });
}
