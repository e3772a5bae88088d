/** How many notifications are new, kept true in the header of a page that stays open. */

import { Refused } from "../shared/api.js";
import { need } from "../shared/dom.js";
import { fetched, morph } from "../shared/fragment.js";

const EVERY = 30_000;
// Several events come together, and on a busy desk without an end: one look is for all of them.
const TOGETHER = 1000;
const MINE = /^(ticket|message)\./;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let soon = undefined;

/** @param {string} kind of an event that may have made one */
export function hear(kind) {
  if (!MINE.test(kind)) return;
  soon ??= setTimeout(() => void look(), TOGETHER);
}

async function look() {
  clearTimeout(soon);
  soon = undefined;
  const shown = document.querySelector(".notifications [data-unread]");
  if (!shown || document.hidden) return;
  try {
    const fresh = await fetched("/console/notifications/count");
    morph(shown, need("[data-unread]", HTMLElement, fresh));
  } catch (error) {
    // The number stays as it was until the desk can be reached again.
    if (!(error instanceof Refused)) throw error;
  }
}

setInterval(() => void look(), EVERY);
document.addEventListener("visibilitychange", () => void look());
