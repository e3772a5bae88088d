/** Drawing attention to people who wait: one quiet line, the tab's title, a short drum beat. */

import { need } from "../shared/dom.js";
import { say } from "../shared/words.js";
import * as settings from "./settings.js";

// Listeners of a screen reader hear at most one line in this time.
const QUIET = 4000;
const title = document.title;
const line = need("#announce", HTMLElement);

let known = new Set(ids());
let told = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let later = undefined;
/** @type {AudioContext | null} */
let audio = null;

function ids() {
  return [...document.querySelectorAll("#list-offered [data-talk], #list-waiting [data-talk]")].map(
    (link) => link.getAttribute("data-talk") ?? "",
  );
}

/** To be called whenever the lists have changed. */
export function look() {
  const now = ids();
  const fresh = now.some((id) => !known.has(id));
  const changed = now.length !== known.size || fresh;
  known = new Set(now);
  badge();
  if (!changed) return;
  announce(say(fresh ? "console.new_waiting" : "console.now_waiting", { n: now.length }));
  if (fresh && settings.on("sound")) beat();
}

/** How much came in each of one's own talks while it was out of sight. @type {Map<string, number>} */
const unread = new Map();

/** @param {string} id a conversation in which something was said unseen */
export function said(id) {
  unread.set(id, (unread.get(id) ?? 0) + 1);
  badge();
}

/** @param {string} id */
export function read(id) {
  if (unread.delete(id)) badge();
}

export function badge() {
  const n = known.size + [...unread.values()].reduce((sum, each) => sum + each, 0);
  document.title = settings.on("badge") && n ? `(${n}) ${title}` : title;
  for (const link of document.querySelectorAll("#list-mine [data-talk]")) {
    const count = unread.get(link.getAttribute("data-talk") ?? "");
    if (count) link.setAttribute("data-unread", say("console.unread", { n: count }));
    else link.removeAttribute("data-unread");
  }
}

/** @param {string} text */
export function announce(text) {
  clearTimeout(later);
  const wait = Math.max(0, told + QUIET - Date.now());
  later = setTimeout(() => {
    told = Date.now();
    line.textContent = text;
  }, wait);
}

/** Two soft beats of a drum; silent until the page has been touched, as browsers ask. */
function beat() {
  audio ??= new AudioContext();
  if (audio.state === "suspended") return;
  for (const delay of [0, 0.18]) {
    const at = audio.currentTime + delay;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.setValueAtTime(170, at);
    tone.frequency.exponentialRampToValueAtTime(70, at + 0.14);
    volume.gain.setValueAtTime(0.4, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.16);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.17);
  }
}

addEventListener("pointerdown", () => void audio?.resume());
addEventListener("keydown", () => void audio?.resume());
