/** Finding elements that the page promises to have. */

/**
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} kind
 * @param {ParentNode} [within]
 * @returns {T}
 */
export function need(selector, kind, within = document) {
  const found = within.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`The page lacks ${selector}`);
  return found;
}

/**
 * A copy of what a `<template>` holds.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function copy(id) {
  const first = need(`#${id}`, HTMLTemplateElement).content.firstElementChild;
  if (!first) throw new Error(`The template ${id} is empty`);
  return /** @type {HTMLElement} */ (document.importNode(first, true));
}
