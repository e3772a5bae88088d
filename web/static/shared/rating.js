/** Whether an answer helped: asked of its reader, and shown to the desk. */

import { need } from "./dom.js";
import { say } from "./words.js";

/** @typedef {import("../../types").Message} Message */
/** @typedef {(message: Message, helpful: boolean, reason: string | null) => void} Rate */

/**
 * Under a cited answer of the assistant: the question, or what was said to it.
 * @param {HTMLElement} item
 * @param {Message} message
 * @param {Rate | undefined} rate absent where it is only shown
 */
export function rating(item, message, rate) {
  const asked = need(".message-rating", HTMLElement, item);
  const cited = message.author === "bot" && message.audience === "public" && message.citations.length > 0;
  asked.hidden = !cited || (!rate && message.helpful == null);
  if (asked.hidden) return;
  need(".rating-question", HTMLElement, asked).hidden = !rate;
  need(".rating-reasons", HTMLElement, asked).hidden = !rate || message.helpful !== false;
  need(".rating-said", HTMLElement, asked).textContent = told(message, rate !== undefined);
  for (const button of asked.querySelectorAll("button")) press(button, message, rate);
}

/**
 * @param {HTMLButtonElement} button
 * @param {Message} message
 * @param {Rate | undefined} rate
 */
function press(button, message, rate) {
  const reason = button.dataset.reason ?? null;
  const helpful = button.dataset.helpful === "yes";
  const chosen = reason ? message.unhelpful === reason : message.helpful === helpful;
  button.setAttribute("aria-pressed", String(chosen));
  button.onclick = rate ? () => rate(message, helpful, reason) : null;
}

/**
 * @param {Message} message
 * @param {boolean} own whether its reader is the one who said it
 */
function told(message, own) {
  if (message.helpful == null) return "";
  if (own) return say("rating.thanks");
  const said = say(message.helpful ? "rating.helped" : "rating.helped_not");
  return message.unhelpful ? `${said} ${say(`rating.${message.unhelpful}`)}.` : said;
}
