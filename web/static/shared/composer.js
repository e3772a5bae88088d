/** Writing: a field that grows, the limit when it is near, and files that wait for the message. */

import { Refused, upload } from "./api.js";
import { copy, need } from "./dom.js";
import { size } from "./message.js";
import { language, say } from "./words.js";

// The counter appears for the last tenth of what a message may hold.
const NEAR = 0.9;
const TALLEST = 160;

/**
 * @typedef {object} Options
 * @property {(text: string, files: string[], names: string[]) => void} onSend
 * @property {() => Promise<{ path: string, headers: Record<string, string> }>} uploadTo
 * @property {(text: string) => void} complain
 * @property {(event: KeyboardEvent) => boolean} sends whether a key press sends
 * @property {() => boolean} [stops] whether what is written must not leave now
 */

export class Composer {
  /**
   * @param {HTMLFormElement} form
   * @param {Options} options
   */
  constructor(form, options) {
    this.form = form;
    this.options = options;
    this.field = need("textarea", HTMLTextAreaElement, form);
    this.counter = need(".counter", HTMLElement, form);
    this.tray = need(".tray", HTMLElement, form);
    this.input = need("input[type=file]", HTMLInputElement, form);
    this.limit = Number(form.dataset.maxCharacters);
    this.largest = Number(form.dataset.maxFileBytes);
    /** @type {Map<HTMLElement, { id: string | null, name: string }>} */
    this.files = new Map();
    this.field.addEventListener("input", () => this.measure());
    this.field.addEventListener("keydown", (event) => this.key(event));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.input.addEventListener("change", () => {
      for (const file of this.input.files ?? []) void this.attach(file);
      this.input.value = "";
    });
    this.measure();
  }

  /** @param {string} text */
  write(text) {
    this.field.value = text;
    this.measure();
  }

  clear() {
    this.write("");
    this.files.clear();
    this.tray.replaceChildren();
    this.tray.hidden = true;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    // While a Korean syllable is being composed, Enter belongs to the input method.
    if (event.isComposing || !this.options.sends(event)) return;
    event.preventDefault();
    this.submit();
  }

  submit() {
    const text = this.field.value;
    const all = [...this.files.values()];
    if (all.some((file) => file.id === null)) return this.options.complain(say("compose.uploading"));
    if (!text.trim() && !all.length) return this.options.complain(say("compose.empty"));
    if (text.length > this.limit) {
      return this.options.complain(say("compose.too_long", { limit: this.number(this.limit) }));
    }
    if (this.options.stops?.()) return undefined;
    const ids = all.flatMap((file) => (file.id ? [file.id] : []));
    const names = all.map((file) => file.name);
    this.clear();
    return this.options.onSend(text, ids, names);
  }

  measure() {
    const length = this.field.value.length;
    const near = length > this.limit * NEAR;
    this.counter.hidden = !near;
    this.counter.classList.toggle("over", length > this.limit);
    if (near) {
      const left = this.limit - length;
      this.counter.textContent =
        left >= 0
          ? say("compose.left", { n: this.number(left) })
          : say("compose.over", { n: this.number(-left) });
    }
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight + 2, TALLEST)}px`;
  }

  /** @param {number} n */
  number(n) {
    return new Intl.NumberFormat(language).format(n);
  }

  /** @param {File} file */
  async attach(file) {
    if (file.size > this.largest) {
      const limit = size(this.largest);
      return this.options.complain(say("compose.file_too_large", { name: file.name, limit }));
    }
    const chip = this.chip(file);
    const bar = need("progress", HTMLProgressElement, chip);
    const entry = { id: /** @type {string | null} */ (null), name: file.name };
    this.files.set(chip, entry);
    try {
      const { path, headers } = await this.options.uploadTo();
      entry.id = await upload(path, file, headers, (share) => (bar.value = share));
      bar.hidden = true;
      chip.classList.add("ready");
    } catch (error) {
      this.drop(chip);
      this.options.complain(failure(error, file));
    }
    return undefined;
  }

  /** @param {File} file */
  chip(file) {
    const chip = copy("file-chip-template");
    need(".chip-name", HTMLElement, chip).textContent = `${file.name} (${size(file.size)})`;
    need("progress", HTMLElement, chip).setAttribute(
      "aria-label",
      say("compose.progress", { name: file.name }),
    );
    const remove = need("button", HTMLButtonElement, chip);
    remove.setAttribute("aria-label", say("compose.remove", { name: file.name }));
    remove.addEventListener("click", () => {
      this.drop(chip);
      this.field.focus();
    });
    this.tray.append(chip);
    this.tray.hidden = false;
    return chip;
  }

  /** @param {HTMLElement} chip */
  drop(chip) {
    this.files.delete(chip);
    chip.remove();
    this.tray.hidden = !this.files.size;
  }
}

/**
 * @param {unknown} error
 * @param {File} file
 */
function failure(error, file) {
  if (!(error instanceof Refused)) throw error;
  const codes = /** @type {Record<string, string>} */ ({
    offline: "compose.file_offline",
    rate_limited: "compose.file_rate",
    too_large: "compose.file_refused",
    invalid: "compose.file_kind",
  });
  return say(codes[error.code] ?? "compose.file_refused", { name: file.name });
}
