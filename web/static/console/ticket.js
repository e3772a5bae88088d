/** The page of a ticket: a note on it calls colleagues. */

import { need } from "../shared/dom.js";
import { Mentions } from "./mentions.js";

const field = document.querySelector("#note-text");
if (field instanceof HTMLTextAreaElement) {
  const { ticket } = need("#mention-list", HTMLElement).dataset;
  new Mentions(field, () => `/api/v1/tickets/${ticket}/colleagues`);
}
