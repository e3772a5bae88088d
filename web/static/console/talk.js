/** The conversation that is open: its thread, its heading and its right side. */

import { Refused, download, downloadReceipt, get, send } from "../shared/api.js";
import { Composer } from "../shared/composer.js";
import { need } from "../shared/dom.js";
import { fetched, morph } from "../shared/fragment.js";
import { Outbox } from "../shared/outbox.js";
import { storage } from "../shared/storage.js";
import { Thread } from "../shared/thread.js";
import { Typing, teller } from "../shared/typing.js";
import { say } from "../shared/words.js";
import { Acts } from "./acts.js";
import { Guard } from "./guard.js";
import { Mentions } from "./mentions.js";

/** @typedef {import("../../types").Message} Message */
/** @typedef {import("../../types").DeskEvent} DeskEvent */
/** @typedef {import("../../types").Draft} Draft */

const DRAFT = "sinmungo.console.draft.";
const UNSENT = "sinmungo.console.unsent.";

/**
 * @typedef {object} Desk what the console gives to the talk
 * @property {Record<string, string>} headers
 * @property {string} me
 * @property {Record<string, string>} names
 * @property {(text: string, calm?: boolean) => void} tell
 * @property {(error: unknown) => void} fail
 * @property {() => Promise<void>} refresh the lists
 * @property {() => void} next open the next waiting conversation
 * @property {(sign: Record<string, string>) => void} sign tell the other side, if it arrives
 * @property {(citation: import("../../types").Citation, language: string) => void} cite show an article
 */

/** A name for a message that nobody else gives. */
function fresh() {
  return crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`;
}

export class Talk {
  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.acts = new Acts(this);
    this.id = "";
    this.loading = false;
    /** @type {Message[]} */
    this.early = [];
    this.passing = { text: "", client_id: "" };
    this.head = need("#talk-head", HTMLElement);
    this.side = need("#talk-side", HTMLElement);
    this.form = need("#composer", HTMLFormElement);
    this.thread = new Thread(need("#log", HTMLElement), this.reader(), need("#more", HTMLButtonElement));
    this.composer = new Composer(this.form, {
      onSend: (text, files, names) => this.say(text, files, names),
      uploadTo: async () => ({ path: `${this.path}/files`, headers: this.desk.headers }),
      complain: (text) => this.desk.tell(text),
      sends: (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey),
      stops: () => this.audience === "public" && this.guard.stops(),
    });
    this.guard = new Guard(this.form, {
      ask: (text) => send(`${this.path}/guard`, { text }, this.desk.headers),
      offer: () => this.offerClarification(),
      pass: (reason) => this.letPass(reason),
      complain: (text) => this.desk.tell(text),
    });
    this.mentions = new Mentions(this.composer.field, () =>
      this.id && this.audience === "internal" ? `${this.path}/colleagues` : "",
    );
    this.typing = new Typing(need("#typing", HTMLElement));
    this.seen = "";
    const types = teller(() => this.desk.sign({ kind: "typing", conversation_id: this.id }));
    this.composer.field.addEventListener("input", () => {
      this.keepDraft();
      this.beGuarded();
      if (this.audience === "public" && this.facts.speak) types();
    });
    for (const radio of this.form.querySelectorAll("input[name=audience]")) {
      radio.addEventListener("change", () => this.dress());
    }
    /** @type {Outbox | null} */
    this.outbox = null;
    /** @type {Promise<void>} */
    this.loaded = Promise.resolve();
    need("#talk", HTMLElement).addEventListener("click", (event) => this.pressed(event));
    this.side.addEventListener("click", (event) => this.pressed(event));
    this.side.addEventListener("change", (event) => void this.acts.changed(event));
  }

  get path() {
    return `/api/v1/conversations/${this.id}`;
  }

  get facts() {
    const fresh = this.head.dataset;
    return { speak: fresh.speak === "true", note: fresh.note === "true", queue: fresh.queue ?? "", goal: fresh.goal ?? "", contact: fresh.contact ?? "", language: fresh.language ?? "en", ticket: fresh.ticket ?? "", queueName: fresh.queueName ?? "" };
  }

  get audience() {
    const chosen = this.form.querySelector("input[name=audience]:checked");
    return chosen instanceof HTMLInputElement && chosen.value === "internal" ? "internal" : "public";
  }

  /** @returns {import("../shared/message.js").Reader} */
  reader() {
    return {
      nameOf: (message) => this.nameOf(message),
      isOwn: (message) => message.author === "counselor" && this.isMine(message.author_id),
      download: (file) => void this.download(file),
      receipt: (action) => void this.receipt(action.id),
      choose: null,
      open: (citation, language) => this.desk.cite(citation, language),
    };
  }

  /** @param {string | null | undefined} id */
  isMine(id) {
    return id === "me" || id === this.desk.me;
  }

  /** @param {Message} message */
  nameOf(message) {
    if (message.author === "contact") return this.facts.contact || say("thread.visitor");
    if (message.author === "bot") return say("thread.assistant");
    if (message.author === "system") return say("thread.desk");
    if (this.isMine(message.author_id)) return say("thread.you");
    return this.desk.names[message.author_id ?? ""] ?? say("thread.counselor");
  }

  /**
   * @param {string} id
   * @param {boolean} focus whether the reader asked for it, and not a reload
   */
  async open(id, focus) {
    this.outbox?.stop();
    this.id = id;
    this.loading = true;
    this.early = [];
    this.thread.clear();
    this.typing.over();
    this.composer.clear();
    need("#nothing-open", HTMLElement).hidden = true;
    need("#opened", HTMLElement).hidden = false;
    this.head.setAttribute("aria-busy", "true");
    try {
      const [whole, parts] = await Promise.all([
        get(this.path, {}),
        fetched(`/console/talks/${id}`),
      ]);
      if (this.id !== id) return;
      this.place(parts);
      this.thread.load(whole.messages);
      for (const message of this.early) this.thread.add(message);
      this.seen = whole.seen_message ?? "";
      this.showSeen();
      this.newOutbox();
      this.composer.write(storage.getItem(DRAFT + id) ?? "");
      this.beGuarded();
      if (focus) need("#talk-name", HTMLElement).focus();
    } catch (error) {
      this.lost(error, id);
    } finally {
      if (this.id === id) this.loading = false;
      this.head.removeAttribute("aria-busy");
    }
  }

  close() {
    this.outbox?.stop();
    this.id = "";
    need("#nothing-open", HTMLElement).hidden = false;
    need("#opened", HTMLElement).hidden = true;
    this.side.replaceChildren();
    const kept = new URLSearchParams(location.search);
    kept.delete("c");
    history.replaceState(null, "", String(kept) ? `/console?${kept}` : "/console");
  }

  /** Heading and right side anew; thread, draft and focus stay. */
  async refresh() {
    const id = this.id;
    if (!id || this.loading) return;
    try {
      const parts = await fetched(`/console/talks/${id}`);
      if (this.id === id) this.place(parts);
    } catch (error) {
      this.lost(error, id);
    }
  }

  /**
   * @param {unknown} error
   * @param {string} id
   */
  lost(error, id) {
    if (this.id !== id) return;
    if (error instanceof Refused && error.status === 404) {
      this.close();
      this.desk.tell(say("console.gone"));
    } else this.desk.fail(error);
  }

  /** @param {DocumentFragment} parts */
  place(parts) {
    const head = need("[data-part=talk-head]", HTMLElement, parts);
    for (const [name, value] of Object.entries(head.dataset)) this.head.dataset[name] = value;
    morph(this.head, head);
    morph(this.side, need("[data-part=talk-side]", HTMLElement, parts));
    const { speak, note } = this.facts;
    this.form.hidden = !speak && !note;
    for (const radio of this.form.querySelectorAll("input[name=audience]")) {
      if (!(radio instanceof HTMLInputElement)) continue;
      radio.disabled = radio.value === "public" ? !speak : !note;
      if (radio.disabled && radio.checked) radio.checked = false;
    }
    const any = this.form.querySelector("input[name=audience]:checked");
    const first = this.form.querySelector("input[name=audience]:not(:disabled)");
    if (!any && first instanceof HTMLInputElement) first.checked = true;
    this.dress();
  }

  /** The two kinds of writing must never be mistaken for each other. */
  dress() {
    this.form.dataset.audience = this.audience;
    this.beGuarded();
    this.composer.field.placeholder = say(`console.placeholder_${this.audience}`);
    need(".file-button", HTMLElement, this.form).hidden = !this.facts.speak;
    need("#open-replies", HTMLElement).hidden = !this.facts.speak || this.audience === "internal";
  }

  /** @param {DeskEvent} event */
  hear(event) {
    if (event.conversation_id !== this.id) return;
    if (event.kind === "answer.rated") {
      if (event.message) this.thread.rated(event.message);
      return;
    }
    if (event.message) {
      if (this.loading) this.early.push(event.message);
      else this.thread.add(event.message);
      if (event.message.author !== "counselor") this.typing.over();
      this.showSeen();
    }
    if (event.kind === "conversation.seen") {
      this.seen = String(event.data?.seen ?? "");
      this.showSeen();
    } else if (!event.kind.startsWith("message.")) void this.refresh();
  }

  /** Under the newest answer: whether it has been on the other side's screen. */
  showSeen() {
    this.thread.receipt(this.seen, say("console.sent"), say("console.seen"));
  }

  /** @param {import("../../types").Sign} sign */
  sign(sign) {
    if (sign.kind === "typing" && sign.conversation_id === this.id) this.typing.seen();
  }

  /**
   * Put a text where the answer is being written; what is there stays.
   * @param {string} text
   */
  insert(text) {
    if (this.form.hidden) return;
    const field = this.composer.field;
    const before = field.value.slice(0, field.selectionStart);
    const gap = before && !before.endsWith("\n") ? "\n" : "";
    field.setRangeText(gap + text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input"));
    field.focus();
  }

  newOutbox() {
    const id = this.id;
    const path = this.path;
    this.outbox = new Outbox({
      key: UNSENT + id,
      storage,
      post: async (draft) => {
        const { client_id, text, files, audience } = draft;
        const said = await send(`${path}/messages`, { client_id, text, files, audience }, this.desk.headers);
        if (this.id !== id) return;
        this.thread.add(said);
        this.showSeen();
      },
      onDelay: (draft) => {
        this.thread.mark(draft.client_id, say("thread.unsent"), () => this.outbox?.hurry());
      },
      onRefused: (draft, error) => {
        this.thread.mark(draft.client_id, say("thread.refused"));
        if (!this.composer.field.value) this.composer.write(draft.text);
        this.beGuarded();
        this.desk.fail(error);
      },
    });
    for (const draft of this.outbox.drafts) this.thread.expect(draft);
    this.outbox.hurry();
  }

  /**
   * @param {string} text
   * @param {string[]} files
   * @param {string[]} names
   */
  say(text, files, names) {
    storage.removeItem(DRAFT + this.id);
    this.guard.look("");
    const draft = {
      client_id: fresh(),
      text,
      files,
      file_names: names,
      audience: /** @type {"public" | "internal"} */ (this.audience),
      at: new Date().toISOString(),
    };
    this.thread.expect(draft);
    this.outbox?.add(draft);
  }

  keepDraft() {
    const text = this.composer.field.value;
    if (text) storage.setItem(DRAFT + this.id, text);
    else storage.removeItem(DRAFT + this.id);
  }

  /** What goes to the contact is looked at while it is written; notes among colleagues are not. */
  beGuarded() {
    const speaks = this.audience === "public" && this.facts.speak;
    this.guard.look(speaks ? this.composer.field.value : "");
  }

  async offerClarification() {
    try {
      await send(`${this.path}/clarification`, {}, this.desk.headers);
      this.composer.clear();
      this.keepDraft();
      this.beGuarded();
      await this.settle("guard.offered");
    } catch (error) {
      this.desk.fail(error);
    }
  }

  /** @param {string} reason */
  async letPass(reason) {
    const text = this.composer.field.value;
    const files = [...this.composer.files.values()].flatMap((file) => (file.id ? [file.id] : []));
    // One text is one message, however often the button is pressed.
    if (this.passing.text !== text) this.passing = { text, client_id: fresh() };
    const body = { ...this.passing, files, override: reason };
    try {
      const said = await send(`${this.path}/messages`, body, this.desk.headers);
      this.composer.clear();
      this.keepDraft();
      this.beGuarded();
      this.thread.add(said);
      this.composer.field.focus();
    } catch (error) {
      this.desk.fail(error);
    }
  }

  /** @param {"public" | "internal"} audience */
  write(audience) {
    if (this.form.hidden) return;
    const radio = need(`input[value=${audience}]`, HTMLInputElement, this.form);
    if (radio.disabled) return;
    radio.checked = true;
    this.dress();
    this.composer.field.focus();
  }

  /** @param {Event} event */
  pressed(event) {
    const button = event.target instanceof Element ? event.target.closest("[data-do]") : null;
    if (button instanceof HTMLElement) void this.acts.act(button.dataset.do ?? "");
  }

  /** @param {string} words */
  async settle(words) {
    this.desk.tell(say(words), true);
    await Promise.all([this.desk.refresh(), this.refresh()]);
    // The button that was pressed may be gone with the state it belonged to.
    if (document.activeElement === document.body) need("#talk-name", HTMLElement).focus();
  }

  /** @param {string} action */
  async receipt(action) {
    try {
      await downloadReceipt(action, {});
    } catch (error) {
      this.desk.fail(error);
    }
  }

  /** @param {import("../../types").StoredFile} file */
  async download(file) {
    try {
      await download(`${this.path}/files/${file.id}`, file.name, {});
    } catch (error) {
      this.desk.fail(error);
    }
  }
}
