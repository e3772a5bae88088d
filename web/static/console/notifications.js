/** How many notifications are new, kept true in the header of a page that stays open. */

import { Refused } from "../shared/api.js";
import { need } from "../shared/dom.js";
import { fetched, morph } from "../shared/fragment.js";

const EVERY = 30_000;
// Several events of one act come together.
const TOGETHER = 200;
const MINE = /^(ticket|message)\./;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let soon = undefined;

/** @param {string} kind of an event that may have made one */
export function hear(kind) {
  if (!MINE.test(kind)) return;
  clearTimeout(soon);
  soon = setTimeout(() => void look(), TOGETHER);
}

async function look() {
  const shown = document.querySelector("[data-unread]");
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
