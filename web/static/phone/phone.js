/** A telephone on a page: it walks the desk's plans as a real one does, in bubbles, keys and sound. */

import { need } from "../shared/dom.js";
import { language, say } from "../shared/words.js";
import { Voice, hearing } from "./voice.js";

/** @typedef {{ verb: string, text?: string, actionHook?: string, waitHook?: string, name?: string,
 *   say?: { text: string, synthesizer: { language: string } }, play?: object, input?: string[],
 *   synthesizer?: { language: string }, length?: number, url?: string, timeout?: number }} Verb */

const POLL = 3000;
const thread = need("#thread", HTMLDivElement);
const state = need("#state", HTMLParagraphElement);
const callButton = need("#call", HTMLButtonElement);
const hangUpButton = need("#hang-up", HTMLButtonElement);
const form = need("#speech", HTMLFormElement);
const field = need("#words-said", HTMLInputElement);
const speak = need("#speak", HTMLButtonElement);
const silent = need("#be-silent", HTMLButtonElement);
const keys = [...document.querySelectorAll("#keys button")].map((b) => /** @type {HTMLButtonElement} */ (b));
const voice = new Voice(() => need("#aloud", HTMLInputElement).checked);

let call = "";
/** @typedef {{ to: string, n: number | null, speech: boolean, keys: boolean, most: number }} Asked */

/** What is listened for now; none while nothing is.
 * @type {Asked | null} */
let asked = null;
let typed = "";
let run = 0;
let heardIn = "en-US";

callButton.addEventListener("click", () => void dial());
hangUpButton.addEventListener("click", () => void hangUp());
silent.addEventListener("click", () => void answer({}, say("phone.silence")));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const words = field.value.trim();
  if (!words || !asked) return;
  field.value = "";
  void answer(asked.speech ? { speech: words } : {}, words);
});
for (const key of keys) key.addEventListener("click", () => press(key.dataset.key ?? ""));
speak.hidden = !hearing;
speak.addEventListener("click", () => {
  voice.quiet();
  voice.listen(heardIn, (words) => void answer({ speech: words }, words));
  state.textContent = say("phone.listening");
});

/** @param {string} key */
function press(key) {
  if (!asked?.keys) return;
  typed += key;
  if (asked.most > 1 && key !== "#" && typed.length < asked.most) return;
  const digits = asked.most > 1 ? typed.replace(/#$/, "") : typed;
  const shown = typed;
  typed = "";
  void answer({ digits }, shown);
}

async function dial() {
  thread.replaceChildren();
  callButton.disabled = true; // a second press would be a second call
  const reply = await ask("/demo/phone/calls", { method: "POST" });
  if (!reply.ok) return over(say("phone.lost"));
  call = reply.headers.get("X-Call") ?? "";
  heardUpTo = 0;
  hangUpButton.disabled = false;
  hangUpButton.focus();
  state.textContent = "";
  await walk(await reply.json(), ++run);
}

async function hangUp() {
  const ended = call;
  over(say("phone.ended"));
  if (ended) await ask(`/demo/phone/calls/${ended}/hang-up`, { method: "POST" });
}

/** @param {string} why */
function over(why) {
  run += 1;
  call = "";
  listen(null);
  voice.quiet();
  callButton.disabled = false;
  hangUpButton.disabled = true;
  state.textContent = why;
  callButton.focus();
}

/**
 * @param {{ digits?: string, speech?: string }} said
 * @param {string} shown
 */
async function answer(said, shown) {
  if (!asked) return;
  const { to, n } = asked;
  listen(null);
  voice.quiet();
  bubble("you", shown, language);
  await goOn({ to, n, ...said }, ++run);
}

/**
 * @param {{ to: string, n: number | null, digits?: string, speech?: string }} said
 * @param {number} mine
 */
async function goOn(said, mine) {
  if (!call) return;
  const reply = await ask(`/demo/phone/calls/${call}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(said),
  });
  if (mine !== run) return;
  if (!reply.ok) return over(say("phone.lost"));
  await walk(await reply.json(), mine);
}

/**
 * @param {Verb[]} verbs
 * @param {number} mine
 * @param {boolean} [waiting]
 * @returns {Promise<void>}
 */
async function walk(verbs, mine, waiting = false) {
  for (const verb of verbs) {
    if (mine !== run) return;
    if (verb.verb === "say") await utter(verb.text ?? "", verb.synthesizer?.language ?? "en-US");
    else if (verb.verb === "play") state.textContent = say("phone.music");
    else if (verb.verb === "pause") await sleep((verb.length ?? 1) * 1000);
    else if (verb.verb === "gather") return gather(verb, mine);
    else if (verb.verb === "enqueue") return queue(verb, mine);
    else if (verb.verb === "conference") return room(mine);
    else if (verb.verb === "redirect") return goOn(address(verb.actionHook), mine);
    else if (verb.verb === "leave") return goOn({ to: "steps/queue", n: null }, mine);
    else if (verb.verb === "hangup" || verb.verb === "sip:decline") return hangUp();
  }
  if (waiting && mine === run) await queueAgain(mine);
}

/**
 * @param {Verb} verb
 * @param {number} mine
 */
async function gather(verb, mine) {
  const there = address(verb.actionHook);
  const how = verb.input ?? [];
  const most = /** @type {{ maxDigits?: number }} */ (verb).maxDigits ?? 1;
  listen({ ...there, speech: how.includes("speech"), keys: how.includes("digits"), most });
  if (verb.say) await utter(verb.say.text, verb.say.synthesizer.language);
  if (there.to !== "waiting") return;
  state.textContent = say("phone.music");
  await sleep(POLL * 4);
  if (mine === run && asked) await goOn({ ...there }, mine);
  if (mine === run) await queueAgain(mine);
}

/** @type {Verb | null} */
let line = null;

/**
 * @param {Verb} verb
 * @param {number} mine
 */
async function queue(verb, mine) {
  line = verb;
  await queueAgain(mine);
}

/** @param {number} mine */
async function queueAgain(mine) {
  await sleep(200);
  if (mine === run && line) await goOn(address(line.waitHook), mine);
}

/**
 * @param {number} mine
 * @returns {Promise<void>}
 */
async function room(mine) {
  line = null;
  listen(null);
  await ask(`/demo/phone/calls/${call}/in-room`, { method: "POST" });
  bubble("desk", say("phone.connected"), language);
  state.textContent = say("phone.connected");
  while (mine === run && call) {
    await sleep(POLL);
    if (mine !== run) return;
    const reply = await ask(`/demo/phone/calls/${call}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ to: "steps/room", n: null }),
    });
    if (!reply.ok) return over(say("phone.ended"));
    const verbs = /** @type {Verb[]} */ (await reply.json());
    if (!verbs.some((verb) => verb.verb === "conference")) return walk(verbs, mine);
    await hearWritten();
  }
}

let heardUpTo = 0;

/** What the counselor types is said to whoever is on the line. */
async function hearWritten() {
  const reply = await ask(`/demo/phone/calls/${call}/written?after=${heardUpTo}`);
  if (!reply.ok) return;
  const { said, last } = await reply.json();
  heardUpTo = last;
  for (const { text, language: tongue } of said) await utter(text, tongue);
}

/**
 * A desk that cannot be reached is an answer, too: the line was lost.
 * @param {string} url
 * @param {RequestInit} [how]
 */
async function ask(url, how) {
  try {
    return await fetch(url, how);
  } catch {
    return Response.error();
  }
}

/** What the keyboard was at when it stopped being listened to.
 * @type {HTMLElement | null} */
let left = null;

/** @param {Asked | null} what */
function listen(what) {
  asked = what;
  const at = document.activeElement;
  if (!what && at instanceof HTMLElement && form.parentElement?.contains(at)) left = at;
  typed = "";
  for (const key of keys) key.disabled = !what?.keys;
  for (const part of [field, silent, speak, need("button[type=submit]", HTMLButtonElement, form)]) {
    part.disabled = !what?.speech && part !== silent ? true : !what;
  }
  // Whoever goes by the keyboard goes on where they were, not at the top of the page.
  if (what && left && document.activeElement === document.body) left.focus();
}

/**
 * @param {string} text
 * @param {string} tongue
 */
async function utter(text, tongue) {
  heardIn = tongue;
  bubble("desk", text, tongue);
  await voice.say(text, tongue);
}

/**
 * @param {"you" | "desk"} who
 * @param {string} text
 * @param {string} tongue
 */
function bubble(who, text, tongue) {
  const item = document.createElement("p");
  item.className = who;
  const name = document.createElement("span");
  name.className = "who";
  name.textContent = say(`phone.${who}`);
  const words = document.createElement("span");
  words.lang = tongue.slice(0, 2);
  words.textContent = text;
  item.append(name, words);
  thread.append(item);
  thread.scrollTop = thread.scrollHeight;
}

/**
 * The part of a plan's address that the desk is asked by.
 * @param {string} [hook]
 */
function address(hook = "") {
  const url = new URL(hook, "https://desk.invalid");
  const to = url.pathname.split("/demo/")[1] ?? "";
  const n = url.searchParams.get("n");
  return { to, n: n === null ? null : Number(n) };
}

/** @param {number} milliseconds */
function sleep(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}
