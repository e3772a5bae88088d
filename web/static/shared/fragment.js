/** Parts of a page as the server renders them, put in place without losing focus or position. */

import { ask } from "./api.js";

/**
 * Fetch a part; the same template made it for the first load.
 * @param {string} path
 * @returns {Promise<DocumentFragment>}
 */
export async function fetched(path) {
  const html = await (await ask(path)).text();
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content;
}

/**
 * Make `old` look like `fresh`, touching only what differs. Elements with an id keep their
 * identity wherever they move among their siblings, and with it the focus.
 * @param {Element} old
 * @param {Element | DocumentFragment} fresh
 */
export function morph(old, fresh) {
  const wanted = [...fresh.childNodes];
  wanted.forEach((node, at) => {
    const standing = old.childNodes[at] ?? null;
    const match = partner(old, standing, node);
    if (!match) old.insertBefore(document.importNode(node, true), standing);
    else {
      if (match !== standing) old.insertBefore(match, standing);
      alike(match, node);
    }
  });
  while (old.childNodes.length > wanted.length) old.lastChild?.remove();
}

/**
 * @param {Element} old
 * @param {ChildNode | null} standing
 * @param {ChildNode} node
 */
function partner(old, standing, node) {
  if (node instanceof Element && node.id) {
    return [...old.children].find((child) => child.id === node.id) ?? null;
  }
  const same = standing?.nodeName === node.nodeName;
  return same && !(standing instanceof Element && standing.id) ? standing : null;
}

/**
 * @param {ChildNode} old
 * @param {ChildNode} fresh
 */
function alike(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (!(old instanceof Element) || !(fresh instanceof Element)) {
    old.nodeValue = fresh.nodeValue;
    return;
  }
  // A choice that somebody is just making is theirs.
  if (old === document.activeElement && old instanceof HTMLSelectElement) return;
  for (const { name } of [...old.attributes]) {
    const open = name === "open" && old instanceof HTMLDetailsElement;
    if (!fresh.hasAttribute(name) && !open) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  // An element that writes its own words has none in the server's part.
  if (!old.localName.includes("-")) morph(old, fresh);
}
