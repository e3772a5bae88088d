/** The frame's talk with the page around it: always with that page's exact origin. */

/** @type {MessageEventSource | null} */
let around = null;
let origin = "";
let open = true;
let unread = 0;

export const framed = window.parent !== window;

/**
 * @param {{ onFocus: () => void }} chat
 */
export function listen(chat) {
  if (!framed) return;
  addEventListener("message", (event) => {
    if (event.source !== window.parent || typeof event.data?.sinmungo !== "string") return;
    around = event.source;
    origin = event.origin;
    if (event.data.sinmungo === "focus") chat.onFocus();
    if (event.data.sinmungo === "opened") unread = 0;
    if (event.data.sinmungo === "opened" || event.data.sinmungo === "focus") open = true;
    if (event.data.sinmungo === "closed") open = false;
  });
}

export function close() {
  tell({ sinmungo: "close" });
}

/** Something was said to the reader; a closed chat shows how much on its button. */
export function said() {
  if (!framed || open) return;
  unread += 1;
  tell({ sinmungo: "unread", n: unread });
}

/** @param {unknown} message */
function tell(message) {
  if (around && origin && origin !== "null") around.postMessage(message, { targetOrigin: origin });
}
