/** A language chosen in the chat holds for as long as the page around it keeps its own. */

import { storage } from "../shared/storage.js";

const KEPT = "sinmungo.language";
const params = new URLSearchParams(location.search);
const around = params.get("page") ?? params.get("lang") ?? document.documentElement.lang;
const kept = JSON.parse(storage.getItem(KEPT) ?? "{}");

for (const link of document.querySelectorAll("a[hreflang]")) {
  if (!(link instanceof HTMLAnchorElement)) continue;
  link.href = `/widget?lang=${link.hreflang}&page=${around}`;
  link.addEventListener("click", () => {
    storage.setItem(KEPT, JSON.stringify({ around, chosen: link.hreflang }));
  });
}

if (!params.has("page") && kept.around === around && kept.chosen !== document.documentElement.lang) {
  location.replace(`/widget?lang=${kept.chosen}&page=${around}`);
}
