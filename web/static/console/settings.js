/** What each person may switch off, kept in their browser. */

import { need } from "../shared/dom.js";
import { storage } from "../shared/storage.js";

const KEY = "sinmungo.console.";
/** @typedef {"sound" | "badge" | "shortcuts"} Name */
/** @type {Name[]} */
const NAMES = ["sound", "badge", "shortcuts"];

// A sound nobody asked for startles.
const OFF_AT_FIRST = new Set(["sound"]);

/** @param {Name} name */
export function on(name) {
  return (storage.getItem(KEY + name) ?? (OFF_AT_FIRST.has(name) ? "off" : "on")) === "on";
}

export const dialog = need("#settings-dialog", HTMLDialogElement);

/** @param {() => void} onChange */
export function furnish(onChange) {
  for (const name of NAMES) {
    const box = need(`#set-${name}`, HTMLInputElement);
    box.checked = on(name);
    box.addEventListener("change", () => {
      storage.setItem(KEY + name, box.checked ? "on" : "off");
      onChange();
    });
  }
  need("#open-settings", HTMLButtonElement).addEventListener("click", () => dialog.showModal());
}
