/** Telling the other side that somebody types, and showing it: nothing of it is kept anywhere. */

// The desk lets at most one sign a second through; one in three is enough to keep the line up.
const AGAIN = 3000;
// Without another sign in this time, nobody is typing any more.
const OVER = 5000;

/**
 * A function to call at every key: it tells at most one in a while. Where `tell` answers false nobody
 * was told, and the next key may tell.
 * @param {() => unknown} tell
 */
export function teller(tell) {
  let last = 0;
  return () => {
    const now = Date.now();
    if (now - last < AGAIN) return;
    if (tell() !== false) last = now;
  };
}

/** One line that appears with a sign and goes by itself. */
export class Typing {
  /** @param {HTMLElement} line hidden while nobody types */
  constructor(line) {
    this.line = line;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  seen() {
    clearTimeout(this.timer);
    this.line.hidden = false;
    this.timer = setTimeout(() => this.over(), OVER);
  }

  over() {
    clearTimeout(this.timer);
    this.line.hidden = true;
  }
}
