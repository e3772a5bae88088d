/** The console: lists on the left, one conversation in the middle, all that is known on the right. */

import { Refused } from "../shared/api.js";
import { need } from "../shared/dom.js";
import { fetched, morph } from "../shared/fragment.js";
import { Live } from "../shared/live.js";
import { say } from "../shared/words.js";
import "../shared/time.js";
import * as attention from "./attention.js";
import * as settings from "./settings.js";
import * as shortcuts from "./shortcuts.js";
import { Talk } from "./talk.js";

/** @typedef {import("../../types").DeskEvent} DeskEvent */

// Several events of one act come together; the lists are asked for once.
const TOGETHER = 60;
// A calm notice goes by itself; a problem stays until it is dismissed.
const CALM = 8000;
// What moves out of one's sight sends no event: the lists are looked at now and then anyway.
const LOOK_AGAIN = 30_000;

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
});

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

async function refresh() {
  clearTimeout(soon);
  try {
    const parts = await fetched("/console/lists");
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
  if (!event.kind.startsWith("conversation.") && !event.kind.startsWith("message.")) return;
  clearTimeout(soon);
  soon = setTimeout(() => void refresh(), TOGETHER);
}

/** @param {string} id */
function open(id) {
  if (!id) return;
  history.pushState({ talk: id }, "", `/console?c=${id}`);
  show(id, true);
}

/**
 * @param {string} id
 * @param {boolean} focus
 */
function show(id, focus) {
  view("talk");
  void talk.open(id, focus).then(mark);
  mark();
}

function openNext() {
  const next = lists.querySelector("#list-waiting [data-talk]");
  if (next instanceof HTMLElement) open(next.dataset.talk ?? "");
  else talk.close();
  mark();
}

/** Show in the lists which conversation is open. */
function mark() {
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

lists.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("[data-talk]") : null;
  if (!(link instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open(link.dataset.talk ?? "");
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
  a: () => void talk.act("accept"),
  r: () => talk.write("public"),
  n: () => talk.write("internal"),
  t: () => void talk.act("transfer"),
  w: () => void talk.act("wrap"),
  q: () => {
    view("lists");
    const link = lists.querySelector("[data-talk]");
    (link instanceof HTMLElement ? link : lists).focus();
  },
  "?": () => settings.dialog.showModal(),
});

new Live({
  socket: "/live",
  twin: "/api/v1/events",
  after: Number(main.dataset.last),
  onEvent: hear,
  onState: (state) => {
    const words = { live: "connected", polling: "polling", offline: "offline", refused: "signed_out" };
    const told = say(`console.${words[state]}`);
    connection.dataset.state = state;
    const line = need("span", HTMLElement, connection);
    if (line.textContent !== told) line.textContent = told;
    if (state === "refused") tell(told);
  },
}).start();

setInterval(() => {
  if (!document.hidden) void refresh();
}, LOOK_AGAIN);
attention.badge();
if (main.dataset.opened) show(main.dataset.opened, false);
