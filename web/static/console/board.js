/** The wallboard asks for itself anew, while somebody can see it. */

import { fetched, morph } from "../shared/fragment.js";

const EVERY = 10_000;
const board = document.getElementById("board");
const lost = document.getElementById("board-lost");

async function renew() {
  if (!board || !lost || document.hidden) return;
  try {
    const open = [...board.querySelectorAll("details[open]")].map((details) => details.id);
    const fresh = await fetched("/console/board/now");
    for (const id of open) fresh.getElementById(id)?.setAttribute("open", "");
    morph(board, fresh);
    lost.hidden = true;
  } catch {
    // The last figures stay, and it is said that they are old.
    lost.hidden = false;
  }
}

setInterval(renew, EVERY);
document.addEventListener("visibilitychange", renew);
