/** One's own phone: the number and the PIN by which a person is known who calls. */

import { Refused, ask, get, send } from "../shared/api.js";
import { need } from "../shared/dom.js";
import { say } from "../shared/words.js";

const PATH = "/api/v1/chat/phone";
/** What the desk refuses, by what it says of it. @type {Record<string, string>} */
const WRONG = { pin: "widget.phone_bad_pin", number: "widget.phone_bad_number" };

/** @typedef {{ number: string, locked: boolean }} Own */

export class PhonePin {
  /** @param {() => Promise<Record<string, string>>} headers of the talk that the portal vouches for */
  constructor(headers) {
    this.headers = headers;
    this.dialog = need("#phone-dialog", HTMLDialogElement);
    this.told = need("#phone-told", HTMLElement);
    this.number = need("#phone-number", HTMLInputElement);
    this.pin = need("#phone-pin", HTMLInputElement);
    this.again = need("#phone-again", HTMLInputElement);
    need("#phone-save", HTMLButtonElement).addEventListener("click", () => void this.save());
    need("#phone-forget", HTMLButtonElement).addEventListener("click", () => void this.forget());
    need("#phone-form", HTMLFormElement).addEventListener("keydown", (event) => {
      // Enter in a field saves; it must not close the dialog as its first button would.
      if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
      event.preventDefault();
      void this.save();
    });
    this.dialog.addEventListener("close", () => this.clear());
  }

  async open() {
    this.clear();
    this.tell("");
    this.dialog.showModal();
    await this.tried(async () => this.show((await get(PATH, await this.headers())).phones));
  }

  async save() {
    if (this.pin.value !== this.again.value) {
      this.tell("widget.phone_differs", this.again);
      return;
    }
    const own = { number: this.number.value, pin: this.pin.value };
    await this.tried(async () => {
      const headers = await this.headers();
      const { number } = await send(PATH, own, headers, "PUT");
      this.clear();
      this.number.value = "";
      this.show((await get(PATH, headers)).phones);
      this.tell("widget.phone_saved", null, { number });
    });
  }

  async forget() {
    await this.tried(async () => {
      await ask(PATH, { method: "DELETE", headers: await this.headers() });
      this.show([]);
      this.tell("widget.phone_forgotten");
      this.number.focus();
    });
  }

  /** @param {Own[]} phones */
  show(phones) {
    const known = need("#phone-known", HTMLElement);
    known.hidden = phones.length === 0;
    need("ul", HTMLUListElement, known).replaceChildren(
      ...phones.map(({ number, locked }) => {
        const line = document.createElement("li");
        line.textContent = locked ? say("widget.phone_locked", { number }) : number;
        return line;
      }),
    );
  }

  /** @param {() => Promise<void>} act */
  async tried(act) {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.refused(error);
    }
  }

  /** @param {Refused} error */
  refused(error) {
    const field = error.field === "pin" ? this.pin : this.number;
    if (error.status === 409) this.tell("widget.phone_taken", this.number);
    else if (error.status === 422) this.tell(WRONG[error.field] ?? "widget.failed", field);
    else this.tell(error.code === "offline" ? "widget.offline" : "widget.failed");
  }

  /**
   * @param {string} key
   * @param {HTMLInputElement | null} [field] where it went wrong
   * @param {Record<string, string>} [values]
   */
  tell(key, field = null, values = {}) {
    for (const one of [this.number, this.pin, this.again]) one.setAttribute("aria-invalid", String(one === field));
    this.told.classList.toggle("warning", field !== null);
    this.told.textContent = key ? say(key, values) : "";
    this.told.hidden = !key;
    field?.focus();
  }

  /** A PIN stays on no screen and in no field. */
  clear() {
    this.pin.value = this.again.value = "";
  }
}
