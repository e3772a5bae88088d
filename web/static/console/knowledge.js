/** The articles beside the talk: looked through, read, and put into an answer with their source. */

import { Refused, get } from "../shared/api.js";
import { copy, need } from "../shared/dom.js";
import { fetched } from "../shared/fragment.js";
import { say } from "../shared/words.js";

/** @typedef {{ article: string, title: string, version: number, language: string, passage: string, url: string }} Hit */
/** @typedef {{ article: string, language: string, version?: number | string | undefined, anchor?: string }} Named */

export class Knowledge {
  /**
   * @param {object} desk
   * @param {() => string} desk.language of the conversation that is open
   * @param {(text: string) => void} desk.insert into the answer
   * @param {() => void} desk.show the column that this stands in
   */
  constructor(desk) {
    this.desk = desk;
    this.field = need("#know-q", HTMLInputElement);
    this.state = need("#know-state", HTMLElement);
    this.list = need("#know-hits", HTMLElement);
    this.article = need("#know-article", HTMLElement);
    this.asked = 0;
    need("#know-search", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.search();
    });
    this.article.addEventListener("click", (event) => this.pressed(event));
  }

  focus() {
    this.desk.show();
    this.field.focus();
    this.field.select();
  }

  async search() {
    const q = this.field.value.trim();
    if (!q) return;
    const asked = ++this.asked;
    this.state.textContent = say("knowledge.searching");
    this.article.replaceChildren();
    try {
      const query = new URLSearchParams({ q, language: this.desk.language() });
      const { items } = await get(`/api/v1/search?${query}`, {});
      if (asked !== this.asked) return;
      this.list.replaceChildren(...items.map((/** @type {Hit} */ hit) => this.hit(hit)));
      this.state.textContent = items.length
        ? say("knowledge.hits", { n: items.length })
        : say("knowledge.none");
      need("#knowledge", HTMLElement).scrollIntoView({ block: "start" });
    } catch (error) {
      this.failed(error);
    }
  }

  /** @param {Hit} hit */
  hit(hit) {
    const item = copy("hit-template");
    need("b", HTMLElement, item).textContent = hit.title;
    need(".small", HTMLElement, item).textContent = say("thread.version", { n: hit.version });
    const text = need(".hit-text", HTMLElement, item);
    text.lang = hit.language;
    text.textContent = hit.passage;
    const [insert, read] = /** @type {HTMLButtonElement[]} */ ([...item.querySelectorAll("button")]);
    insert?.addEventListener("click", () => this.desk.insert(`${hit.passage}\n${source(hit, hit.url)}`));
    read?.addEventListener("click", () => void this.open({ ...hit, anchor: hit.url.split("#")[1] ?? "" }));
    return item;
  }

  /**
   * Show an article, or the version of it that was cited, at its passage.
   * @param {Named} named
   */
  async open({ article, language, version, anchor }) {
    const asked = ++this.asked;
    this.desk.show();
    this.state.textContent = say("knowledge.searching");
    try {
      const path = [language, article].map(encodeURIComponent).join("/");
      const parts = await fetched(`/console/articles/${path}${version ? `?v=${version}` : ""}`);
      if (asked !== this.asked) return;
      this.article.replaceChildren(parts);
      this.state.textContent = "";
      const title = need("#article-title", HTMLElement, this.article);
      const cited = anchor && this.article.querySelector(`[data-anchor="${CSS.escape(anchor)}"]`);
      if (cited) cited.classList.add("cited");
      title.focus({ preventScroll: true });
      (cited || title).scrollIntoView({ block: "nearest" });
    } catch (error) {
      this.failed(error);
    }
  }

  /** @param {Event} event */
  pressed(event) {
    const button = event.target instanceof Element ? event.target.closest("[data-know]") : null;
    if (!(button instanceof HTMLElement)) return;
    const { article, language } = button.dataset;
    if (button.dataset.know === "open" && article && language) void this.open({ article, language });
    if (button.dataset.know === "insert") this.insertArticle();
  }

  /** The passage that was opened, else what the reader has marked, else the source alone. */
  insertArticle() {
    const shown = need("[data-part=article]", HTMLElement, this.article);
    const { article = "", language = "", title = "", version = "" } = shown.dataset;
    const marked = String(getSelection() ?? "").trim();
    const within = getSelection()?.anchorNode && this.article.contains(getSelection()?.anchorNode ?? null);
    const cited = shown.querySelector(".cited");
    const parts = [...(cited?.children ?? [])].filter((part) => part.localName !== "h4");
    const passage = parts.map((part) => part.textContent?.trim()).join("\n");
    const anchor = cited?.getAttribute("data-anchor");
    const url = `/help/${language}/${article}${anchor ? `#${anchor}` : ""}`;
    const text = within && marked ? marked : passage;
    const told = source({ title, version: Number(version) }, url);
    this.desk.insert(text ? `${text}\n${told}` : told);
  }

  /** @param {unknown} error */
  failed(error) {
    if (!(error instanceof Refused)) throw error;
    this.state.textContent = say("knowledge.failed");
  }
}

/**
 * The line that names the source, with the address of that very version.
 * @param {{ title: string, version: number }} cited
 * @param {string} path
 */
function source({ title, version }, path) {
  const url = new URL(path, location.origin);
  url.searchParams.set("v", String(version));
  return say("knowledge.source", { title, n: version, url: url.href });
}
