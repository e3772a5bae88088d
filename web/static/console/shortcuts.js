/** Single keys, where no text is being written; they can be switched off. */

import * as settings from "./settings.js";

/** @param {Record<string, () => void>} keys what each key does */
export function listen(keys) {
  document.addEventListener("keydown", (event) => {
    if (!settings.on("shortcuts") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.isComposing || writing(event.target) || document.querySelector("dialog[open]")) return;
    const act = keys[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

/** @param {EventTarget | null} target */
function writing(target) {
  return target instanceof Element && target.closest("input:not([type=radio]), textarea, select") !== null;
}
