/** The frame's talk with the page around it: always with that page's exact origin.
 *
 * Browsers that keep framed pages from storing anything leave the keeping to that page: the talk
 * it embeds is then taken up again after a reload all the same.
 */

import { Memory, storage } from "../shared/storage.js";

// A page that frames the chat without its loader keeps nothing and says nothing.
const PATIENCE = 1500;

/** @type {MessageEventSource | null} */
let around = null;
let origin = "";
let open = true;
let unread = 0;
let focusAsked = false;
/** @type {() => void} */
let focus = () => {
  focusAsked = true;
};
/** @type {() => void} */
let arrived = () => undefined;

export const framed = window.parent !== window;
// The loader's mark that it will say who the portal has signed in. It outlives a change of language.
const named = framed && window.name === "sinmungo-named";

/** Whom the page around names, and the portal's signed word for it; nobody, where it names none. */
export const person = { name: "", token: "" };

/** The portal's word holds no longer. */
export function nobody() {
  person.name = person.token = "";
}

/** Resolves when what was kept from an earlier visit, and who is there, is known. */
export const ready =
  framed && (storage instanceof Memory || named)
    ? new Promise((resolve) => {
        arrived = () => resolve(undefined);
        setTimeout(arrived, PATIENCE);
      })
    : Promise.resolve();

/** @param {() => void} onFocus the reader wants to write, now or while this page was loading */
export function listen(onFocus) {
  focus = onFocus;
  if (focusAsked) focus();
}

/** Whether the reader can see the chat: its tab is in front, and its frame is open. */
export function visible() {
  return !document.hidden && (!framed || open);
}

export function close() {
  tell({ sinmungo: "close" });
}

/** Something was said to the reader; a closed chat shows how much on its button. */
export function said() {
  if (!framed || open) return;
  unread += 1;
  tell({ sinmungo: "unread", n: unread });
}

/** @param {unknown} message */
function tell(message) {
  if (around && origin && origin !== "null") around.postMessage(message, { targetOrigin: origin });
}

/** @param {MessageEvent} event */
function hear(event) {
  const told = event.data;
  if (event.source !== window.parent || typeof told?.sinmungo !== "string") return;
  around = event.source;
  origin = event.origin;
  if (told.sinmungo === "opened") unread = 0;
  if (told.sinmungo === "opened" || told.sinmungo === "closed") open = told.sinmungo === "opened";
  if (typeof told.person === "string") Object.assign(person, { name: subject(told.person), token: told.person });
  if (told.kept && storage instanceof Memory) take(told.kept);
  else if (told.kept) arrived();
  if (told.sinmungo === "focus") focus();
}

/**
 * Whom a signed word is about. Only the desk can tell whether it is the portal's; here it keeps the
 * talks of two people apart who share a browser.
 * @param {string} token
 */
function subject(token) {
  try {
    const bare = (token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(bare), (c) => c.charCodeAt(0));
    return String(JSON.parse(new TextDecoder().decode(bytes)).sub ?? "");
  } catch {
    return "";
  }
}

/** @param {Record<string, string | null>} kept */
function take(kept) {
  if (!(storage instanceof Memory)) return;
  storage.onChange = () => undefined;
  for (const [key, value] of Object.entries(kept)) {
    if (value === null) storage.removeItem(key);
    else storage.setItem(key, value);
    dispatchEvent(new StorageEvent("storage", { key }));
  }
  storage.onChange = (key, value) => tell({ sinmungo: "keep", key, value });
  arrived();
}

if (framed) addEventListener("message", hear);
