/** The one renderer of messages, for first load and live, for both sides of the desk. */

import { copy, need } from "./dom.js";
import { rating } from "./rating.js";
import { shortly } from "./time.js";
import { language, say } from "./words.js";

/** @typedef {import("../../types").Message} Message */
/** @typedef {import("../../types").Citation} Citation */
/** @typedef {import("../../types").StoredFile} StoredFile */

/**
 * @typedef {object} Reader
 * @property {(message: Message) => string} nameOf who says it, for this reader
 * @property {(message: Message) => boolean} isOwn
 * @property {(file: StoredFile) => void} download
 * @property {((text: string) => void) | null} choose null where choices are only shown
 * @property {(citation: Citation, language: string) => void} [open] shows an article in the page
 * @property {import("./rating.js").Rate} [rate] says whether an answer helped; absent at the desk
 */

const LINK = /(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]])/;

// A longer text is shown by its beginning: what else was said must stay within reach.
const LONG = 2400;
const LONG_LINES = 40;

/**
 * @param {HTMLElement} item
 * @param {HTMLElement} text
 */
function shorten(item, text) {
  const button = need(".message-whole", HTMLButtonElement, item);
  button.hidden = false;
  text.classList.add("shortened");
  button.addEventListener("click", () => {
    const whole = !text.classList.toggle("shortened");
    button.setAttribute("aria-expanded", String(whole));
    button.textContent = say(whole ? "thread.less" : "thread.whole");
  });
}

/**
 * @param {Message} message
 * @param {Reader} reader
 */
export function render(message, reader) {
  const item = copy("message-template");
  item.id = `m-${message.id}`;
  item.dataset.author = message.author;
  item.classList.toggle("own", reader.isOwn(message));
  item.classList.toggle("internal", message.audience === "internal");
  if (message.act) item.dataset.act = message.act;
  need(".message-author", HTMLElement, item).textContent = reader.nameOf(message);
  badge(item, message);
  const time = need("time", HTMLTimeElement, item);
  time.dateTime = message.at;
  time.textContent = shortly(message.at);
  const text = need(".message-text", HTMLElement, item);
  text.lang = message.language;
  text.hidden = !message.text;
  text.append(...linked(message.text));
  if (message.text.length > LONG || message.text.split("\n").length > LONG_LINES) shorten(item, text);
  files(item, message, reader);
  sources(item, message, reader);
  rating(item, message, reader.rate);
  choices(item, message, reader);
  return item;
}

/**
 * Text with its web addresses as links; everything else stays text.
 * @param {string} text
 */
function linked(text) {
  return text.split(LINK).map((part, at) => {
    if (at % 2 === 0) return document.createTextNode(part);
    return link(part, part);
  });
}

/**
 * @param {string} address
 * @param {string} label
 */
function link(address, label) {
  const made = document.createElement("a");
  made.href = address;
  made.target = "_blank";
  made.rel = "noopener";
  made.textContent = label;
  return made;
}

/**
 * @param {HTMLElement} item
 * @param {Message} message
 */
function badge(item, message) {
  const shown = need(".message-badge", HTMLElement, item);
  const key = message.audience === "internal" ? "thread.internal" : acts[message.act ?? ""];
  shown.hidden = !key;
  if (key) shown.textContent = say(key);
}

/** @type {Record<string, string>} */
const acts = { abstain: "thread.abstain", handoff: "thread.handoff" };

/**
 * @param {HTMLElement} item
 * @param {Message} message
 * @param {Reader} reader
 */
function files(item, message, reader) {
  const list = need(".message-files", HTMLElement, item);
  list.hidden = !message.files.length;
  for (const file of message.files) {
    const entry = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "file";
    button.textContent = say("thread.download", { name: file.name, size: size(file.size) });
    button.addEventListener("click", () => reader.download(file));
    entry.append(button);
    list.append(entry);
  }
}

/** @param {number} bytes */
export function size(bytes) {
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, "kilobyte"] : [bytes / 1e6, "megabyte"];
  const style = { style: /** @type {const} */ ("unit"), unit: String(unit), maximumFractionDigits: 1 };
  // A file that is not empty is never told to be of 0 kB.
  return new Intl.NumberFormat(language, style).format(bytes && Math.max(Number(value), 0.1));
}

/**
 * @param {HTMLElement} item
 * @param {Message} message
 * @param {Reader} reader
 */
function sources(item, message, reader) {
  const box = need(".message-sources", HTMLElement, item);
  box.hidden = !message.citations.length;
  const list = need("ol", HTMLOListElement, box);
  list.setAttribute("aria-label", say("thread.sources"));
  for (const citation of message.citations) list.append(source(citation, message.language, reader));
}

/**
 * @param {Citation} citation
 * @param {string} spoken
 * @param {Reader} reader
 */
function source(citation, spoken, reader) {
  const entry = copy("source-template");
  const title = need(".source-title", HTMLElement, entry);
  title.lang = spoken;
  title.textContent = citation.title;
  need(".source-version", HTMLElement, entry).textContent = say("thread.version", {
    n: citation.version,
  });
  const quote = need("blockquote", HTMLElement, entry);
  quote.lang = spoken;
  quote.textContent = citation.quote;
  const link = need("a", HTMLAnchorElement, entry);
  link.href = versioned(citation);
  link.addEventListener("click", (event) => {
    // With a key held, the reader wants the page itself.
    if (!reader.open || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    reader.open(citation, spoken);
  });
  return entry;
}

/**
 * The cited version itself, even when a newer one is in force by now.
 * @param {Citation} citation
 */
function versioned(citation) {
  const url = new URL(citation.url, location.origin);
  // An article's address comes from the desk; anything else is not followed.
  if (url.protocol !== "http:" && url.protocol !== "https:") return "#";
  url.searchParams.set("v", String(citation.version));
  return url.href;
}

/**
 * @param {HTMLElement} item
 * @param {Message} message
 * @param {Reader} reader
 */
function choices(item, message, reader) {
  const group = need(".message-choices", HTMLElement, item);
  group.hidden = !message.choices.length;
  group.lang = message.language;
  for (const choice of message.choices) {
    const shown = document.createElement(reader.choose ? "button" : "span");
    shown.className = "choice";
    shown.textContent = choice;
    if (shown instanceof HTMLButtonElement) {
      shown.type = "button";
      shown.addEventListener("click", () => reader.choose?.(choice));
    }
    group.append(shown);
  }
}
