/** The page's words, in the page's language: the server puts the catalogue's part into the page. */

/** @type {Record<string, string>} */
const table = JSON.parse(document.getElementById("words")?.textContent ?? "{}");

/**
 * @param {string} key
 * @param {Record<string, string | number>} [fields]
 */
export function say(key, fields = {}) {
  const text = table[key];
  if (text === undefined) throw new Error(`There are no words for ${key}`);
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(fields[name] ?? whole));
}

/** The page's language. */
export const language = document.documentElement.lang;
