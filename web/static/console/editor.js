/** The editor of an article: its public look follows what is typed, and nothing typed is lost. */

import { Refused, ask } from "../shared/api.js";
import { need } from "../shared/dom.js";
import { morph } from "../shared/fragment.js";

const PAUSE = 500;
const sheet = need("#sheet", HTMLFormElement);
const body = need("#body", HTMLTextAreaElement);
const pane = need("#preview", HTMLElement);
const language = need("[name=language]", HTMLElement, sheet);
let asked = 0;
let timer = 0;
let changed = false;

async function renew() {
  const mine = (asked += 1);
  const form = new FormData();
  form.set("csrf", need("meta[name=csrf]", HTMLMetaElement).content);
  form.set("language", new FormData(sheet).get("language") ?? "en");
  form.set("body", body.value);
  try {
    const answer = await ask("/console/articles/preview", { method: "POST", body: form });
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    // An answer to what was typed before must not replace a later one.
    if (mine === asked) morph(pane, holder.content);
  } catch (error) {
    // The last look stays; the button under the form still asks for it.
    if (!(error instanceof Refused)) throw error;
  }
}

body.addEventListener("input", () => {
  window.clearTimeout(timer);
  timer = window.setTimeout(renew, PAUSE);
});
language.addEventListener("change", () => {
  const chosen = String(new FormData(sheet).get("language"));
  for (const part of [body, pane, need("#title", HTMLInputElement)]) part.lang = chosen;
});
sheet.addEventListener("input", () => (changed = true));
sheet.addEventListener("submit", () => (changed = false));
// What was refused and shown again is not saved either.
if (document.querySelector("[role=alert]")) changed = true;
window.addEventListener("beforeunload", (event) => {
  if (changed) event.preventDefault();
});
