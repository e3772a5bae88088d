/** The console: lists on the left, one conversation in the middle, all that is known on the right. */

import { Refused } from "../shared/api.js";
import { need } from "../shared/dom.js";
import { fetched, morph } from "../shared/fragment.js";
import { Live } from "../shared/live.js";
import { say } from "../shared/words.js";
import "../shared/time.js";
import * as attention from "./attention.js";
import { Knowledge } from "./knowledge.js";
import * as line from "./line.js";
import * as notifications from "./notifications.js";
import { Phone } from "./phone.js";
import { Replies } from "./replies.js";
import * as settings from "./settings.js";
import * as shortcuts from "./shortcuts.js";
import { Talk } from "./talk.js";

/** @typedef {import("../../types").DeskEvent} DeskEvent */

// Several events of one act come together; the lists are asked for once.
const TOGETHER = 60;
// A search reads far more than the lists do.
const SEARCHING = 3000;
// A calm notice goes by itself; a problem stays until it is dismissed.
const CALM = 8000;
// What moves out of one's sight sends no event: the lists are looked at now and then anyway.
const LOOK_AGAIN = 30_000;
// What is on the left depends on these.
const SHOWN = /^(conversation|message|reservation)\./;

const main = need("#content", HTMLElement);
const lists = need("#lists", HTMLElement);
const notice = need("#notice", HTMLElement);
const connection = need("#connection", HTMLElement);
const csrf = need("meta[name=csrf]", HTMLMetaElement).content;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let soon = undefined;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let calming = undefined;

const talk = new Talk({
  headers: { "x-csrf-token": csrf },
  me: main.dataset.me ?? "",
  names: JSON.parse(main.dataset.names ?? "{}"),
  tell,
  fail,
  refresh,
  next: openNext,
  sign: (sign) => live.sign(sign),
  cite: (citation, spoken) => {
    const anchor = citation.url.split("#")[1] ?? "";
    void knowledge.open({ ...citation, language: spoken, anchor });
  },
});

const knowledge = new Knowledge({
  language: () => talk.facts.language,
  insert: (text) => {
    view("talk");
    talk.insert(text);
  },
  show: () => view("side"),
});

const replies = new Replies({
  language: () => talk.facts.language,
  places: () => ({
    contact: talk.facts.contact,
    counselor: main.dataset.myName ?? "",
    ticket: talk.facts.ticket,
    queue: talk.facts.queueName,
  }),
  insert: (text) => talk.insert(text),
});

const phone = new Phone({
  headers: { "x-csrf-token": csrf },
  open,
  transfer: (id) => {
    open(id);
    void talk.loaded.then(() => talk.acts.act("transfer"));
  },
  tell,
  fail,
});

function offerReplies() {
  if (talk.facts.speak) void replies.open();
}

/**
 * @param {string} text
 * @param {boolean} [calm]
 */
function tell(text, calm = false) {
  clearTimeout(calming);
  notice.classList.toggle("calm", calm);
  const line = need("span", HTMLElement, notice);
  // Said once: an alert that is written again is read out again.
  if (line.textContent !== text) line.textContent = text;
  notice.hidden = false;
  if (calm) calming = setTimeout(hush, CALM);
}

function hush() {
  notice.hidden = true;
  need("span", HTMLElement, notice).textContent = "";
}

/** @param {unknown} error */
function fail(error) {
  if (!(error instanceof Refused)) throw error;
  if (error.status === 401) tell(say("console.signed_out"));
  else if (error.code === "offline") tell(say("console.offline"));
  else if (error.message) tell(say("console.refused", { message: error.message }));
  else tell(say("console.failed"));
}

/** What the lists are narrowed to, as it stands in the address. */
function narrowed() {
  const kept = new URLSearchParams(location.search);
  kept.delete("c");
  return kept;
}

/** The address of a conversation, or of none, with the lists as they are narrowed now. */
function address(/** @type {string} */ id) {
  const kept = narrowed();
  if (id) kept.set("c", id);
  const query = String(kept);
  return query ? `/console?${query}` : "/console";
}

/** Narrow the lists to what the form says; the address keeps it over reloads. */
function narrow() {
  const kept = new URLSearchParams(location.search);
  const q = need("#filter-q", HTMLInputElement).value.trim();
  const queue = need("#filter-queue", HTMLSelectElement).value;
  for (const [name, value] of [["q", q], ["queue", queue]]) {
    if (value) kept.set(name ?? "", value);
    else kept.delete(name ?? "");
  }
  const query = String(kept);
  history.replaceState(history.state, "", query ? `/console?${query}` : "/console");
  void refresh();
}

async function refresh() {
  clearTimeout(soon);
  try {
    const parts = await fetched(`/console/lists?${narrowed()}`);
    morph(need("[data-part=lists]", HTMLElement, lists), need("[data-part=lists]", HTMLElement, parts));
    mark();
    attention.look();
  } catch (error) {
    // A lost connection is told by the live stream, and mended by it.
    if (!(error instanceof Refused) || error.code !== "offline") fail(error);
  }
}

/** @param {DeskEvent} event */
function hear(event) {
  talk.hear(event);
  phone.hear(event);
  notifications.hear(event.kind);
  const id = event.conversation_id ?? "";
  const unseen = id !== talk.id || document.hidden;
  if (event.message?.author === "contact" && unseen && isMine(id)) attention.said(id);
  if (event.kind === "conversation.seen") return;
  if (!SHOWN.test(event.kind)) return;
  clearTimeout(soon);
  soon = setTimeout(() => void refresh(), narrowed().has("q") ? SEARCHING : TOGETHER);
}

/** @param {string} id */
function isMine(id) {
  return lists.querySelector(`#list-mine [data-talk="${CSS.escape(id)}"]`) !== null;
}

/** @param {string} id */
function open(id) {
  if (!id) return;
  history.pushState({ talk: id }, "", address(id));
  show(id, true);
}

/**
 * @param {string} id
 * @param {boolean} focus
 */
function show(id, focus) {
  view("talk");
  attention.read(id);
  talk.loaded = talk.open(id, focus);
  void talk.loaded.then(mark);
  mark();
}

function openNext() {
  const next = lists.querySelector("#list-waiting [data-talk]");
  if (next instanceof HTMLElement) open(next.dataset.talk ?? "");
  else talk.close();
  mark();
}

/** Show in the lists which conversation is open, and in which something is new. */
function mark() {
  attention.badge();
  for (const link of lists.querySelectorAll("[data-talk]")) {
    if (link.getAttribute("data-talk") === talk.id) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/** @param {string} name */
function view(name) {
  main.dataset.view = name;
  for (const button of document.querySelectorAll(".views button")) {
    const chosen = button.getAttribute("data-view") === name;
    button.setAttribute("aria-pressed", String(chosen));
  }
}

/** @param {number} step */
function move(step) {
  const links = /** @type {HTMLElement[]} */ ([...lists.querySelectorAll("[data-talk]")]).filter(
    (link) => link.offsetParent !== null,
  );
  const here = links.findIndex((link) => link.dataset.talk === talk.id);
  const at = here < 0 ? (step > 0 ? 0 : links.length - 1) : here + step;
  open(links[at]?.dataset.talk ?? "");
}

main.addEventListener("click", (event) => {
  if (!(event.target instanceof Element) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest("#found-clear")) {
    need("#filter-q", HTMLInputElement).value = "";
    narrow();
    need("#filter-q", HTMLInputElement).focus();
  }
  const link = event.target.closest("[data-talk]");
  if (link instanceof HTMLElement) {
    event.preventDefault();
    open(link.dataset.talk ?? "");
  }
  const cited = event.target.closest("#talk-side [data-know=open]");
  if (cited instanceof HTMLElement) {
    event.preventDefault();
    const { article = "", language = "", version = "" } = cited.dataset;
    void knowledge.open({ article, language, version });
  }
});
lists.addEventListener("submit", (event) => {
  event.preventDefault();
  narrow();
});
lists.addEventListener("change", (event) => {
  if (event.target instanceof HTMLSelectElement) narrow();
});
need("#open-replies", HTMLButtonElement).addEventListener("click", offerReplies);
need("#text", HTMLTextAreaElement).addEventListener("keydown", (event) => {
  // A slash that begins an answer asks for a canned one.
  const empty = event.target instanceof HTMLTextAreaElement && !event.target.value;
  if (event.key !== "/" || event.isComposing || !empty || !talk.facts.speak) return;
  event.preventDefault();
  offerReplies();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) attention.read(talk.id);
});
need(".views", HTMLElement).addEventListener("click", (event) => {
  if (event.target instanceof HTMLElement && event.target.dataset.view) view(event.target.dataset.view);
});
need("button", HTMLButtonElement, notice).addEventListener("click", hush);
addEventListener("popstate", (event) => {
  const id = event.state?.talk ?? new URLSearchParams(location.search).get("c");
  if (id) show(id, false);
  else talk.close();
  mark();
});
settings.furnish(attention.badge);
shortcuts.listen({
  j: () => move(1),
  k: () => move(-1),
  a: () => void talk.acts.act("accept"),
  r: () => talk.write("public"),
  n: () => talk.write("internal"),
  t: () => void talk.acts.act("transfer"),
  e: () => void talk.acts.act("end"),
  w: () => void talk.acts.act("wrap"),
  c: offerReplies,
  m: () => void talk.acts.act("macro"),
  f: () => knowledge.focus(),
  "/": () => {
    view("lists");
    need("#filter-q", HTMLInputElement).focus();
  },
  q: () => {
    view("lists");
    const link = lists.querySelector("[data-talk]");
    (link instanceof HTMLElement ? link : lists).focus();
  },
  "?": () => settings.dialog.showModal(),
});

const live = new Live({
  socket: "/live",
  twin: "/api/v1/events",
  after: Number(main.dataset.last),
  onEvent: hear,
  onSign: (sign) => talk.sign(sign),
  onState: (state) => {
    const words = { live: "connected", polling: "polling", offline: "offline", refused: "signed_out" };
    const told = say(`console.${words[state]}`);
    connection.dataset.state = state;
    const line = need("span", HTMLElement, connection);
    if (line.textContent !== told) line.textContent = told;
    if (state === "refused") tell(told);
    const bar = need("#offline-bar", HTMLElement);
    bar.hidden = state !== "offline";
  },
});
live.start();
void phone.start();
void line.furnish({ "x-csrf-token": csrf });

setInterval(() => {
  if (!document.hidden) void refresh();
}, LOOK_AGAIN);
attention.badge();
if (main.dataset.opened) show(main.dataset.opened, false);
