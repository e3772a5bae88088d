/** Where one is rung: in this browser, or on an ordinary phone. */

import { get, send } from "../shared/api.js";
import { need } from "../shared/dom.js";
import { say } from "../shared/words.js";

const box = need("#phone-line", HTMLFieldSetElement);
const number = need("#line-number", HTMLInputElement);
const state = need("#line-state", HTMLElement);

/** @param {Record<string, string>} headers */
export async function furnish(headers) {
  if (need("#phone-bar", HTMLElement).dataset.calls !== "true") return; // rung nowhere
  try {
    show(await get("/api/v1/phone/line", {}));
  } catch {
    return; // the desk cannot be reached: the form stays away
  }
  box.hidden = false;
  need("#line-save", HTMLButtonElement).addEventListener("click", () => void save(headers));
  number.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // it would close the dialog
    void save(headers);
  });
}

/** @param {{ kind: string, number: string | null }} line */
function show(line) {
  need(`input[value=${line.kind}]`, HTMLInputElement, box).checked = true;
  number.value = line.number ?? "";
}

/** @param {Record<string, string>} headers */
async function save(headers) {
  const kind = need("input[name=line]:checked", HTMLInputElement, box).value;
  const wanted = kind === "phone" ? { kind, number: number.value } : { kind };
  try {
    show(await send("/api/v1/phone/line", wanted, headers, "PUT"));
    state.textContent = say("softphone.saved");
    number.removeAttribute("aria-invalid");
  } catch {
    state.textContent = say("softphone.no_number");
    number.setAttribute("aria-invalid", "true");
    number.focus();
  }
}
