/** A language chosen in the chat holds for as long as the page around it keeps its own. */

import { storage } from "../shared/storage.js";

const KEPT = "sinmungo.language";
const params = new URLSearchParams(location.search);
const around = params.get("page") ?? params.get("lang") ?? document.documentElement.lang;

/** Switch when the reader chose another language here before; remember what is chosen now. */
export function followChosenLanguage() {
  const kept = JSON.parse(storage.getItem(KEPT) ?? "{}");
  for (const link of document.querySelectorAll("a[hreflang]")) {
    if (!(link instanceof HTMLAnchorElement)) continue;
    link.href = `/widget?lang=${link.hreflang}&page=${around}`;
    link.addEventListener("click", () => {
      storage.setItem(KEPT, JSON.stringify({ around, chosen: link.hreflang }));
    });
  }
  const other = kept.around === around && kept.chosen !== document.documentElement.lang;
  if (!params.has("page") && other) location.replace(`/widget?lang=${kept.chosen}&page=${around}`);
}
