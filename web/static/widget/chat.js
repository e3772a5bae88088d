/** The chat of the widget: one conversation, kept over reloads and the same in every tab. */

import { Refused, download, get, offer, send } from "../shared/api.js";
import { Composer } from "../shared/composer.js";
import { need } from "../shared/dom.js";
import { Live } from "../shared/live.js";
import { Outbox } from "../shared/outbox.js";
import { storage } from "../shared/storage.js";
import { Thread } from "../shared/thread.js";
import { Typing, teller } from "../shared/typing.js";
import { language, say } from "../shared/words.js";
import * as frame from "./frame.js";
import { followChosenLanguage } from "./language.js";
import { PhonePin } from "./phone_pin.js";
import { Place } from "./place.js";
import { Survey } from "./survey.js";
import { transcript } from "./transcript.js";

/** @typedef {import("../../types").Message} Message */
/** @typedef {import("../../types").DeskEvent} DeskEvent */
/** @typedef {import("../../types").Standing} Standing */
/** @typedef {import("../../types").Draft} Draft */

const KEPT = "sinmungo.chat";
const UNSENT = "sinmungo.unsent";
const DRAFT = "sinmungo.draft";
// After this the reader is told that the answer takes longer than usual.
const LONG = 12_000;
const API = "/api/v1/chat";
// After these the talk goes on, and its end will have a question of its own.
const TAKEN_UP = new Set(["conversation.reopened", "conversation.resumed"]);
/** What ending means while people are waited for or talked to. @type {Record<string, string>} */
const ENDS = { waiting: "widget.leave", active: "widget.end" };

/** @typedef {{ conversation_id: string, token: string }} Session */

/**
 * Whoever the portal names keeps a talk of their own: the next person at this browser sees none of it.
 * @param {string} name
 */
function own(name) {
  return frame.person.name ? `${name}.${frame.person.name}` : name;
}

/** @returns {Session | null} */
function stored() {
  return JSON.parse(storage.getItem(own(KEPT)) ?? "null");
}

class Chat {
  constructor() {
    this.thread = new Thread(need("#log", HTMLElement), this.reader(), need("#more", HTMLButtonElement));
    this.notice = need("#notice", HTMLElement);
    this.working = need("#working", HTMLElement);
    this.standing = need("#standing", HTMLElement);
    this.greeting = need("#greeting", HTMLElement);
    this.survey = new Survey(need("#survey", HTMLFormElement), (body) => this.rate(body));
    this.composer = new Composer(need("#composer", HTMLFormElement), {
      onSend: (text, files, names) => this.say(text, files, names),
      uploadTo: async () => {
        await this.session();
        return { path: `${API}/files`, headers: this.headers };
      },
      complain: (text) => this.complain(text),
      sends: (event) => event.key === "Enter" && !event.shiftKey,
    });
    this.place = new Place();
    this.typing = new Typing(need("#typing", HTMLElement));
    this.types = teller(() => this.owner === "counselor" && this.live?.sign({ kind: "typing" }));
    this.seen = "";
    /** @type {Session | null} */
    this.kept = null;
    /** @type {Promise<Session> | null} */
    this.opening = null;
    /** @type {Live | null} */
    this.live = null;
    this.status = "open";
    this.owner = "bot";
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.long = undefined;
    this.outbox = this.newOutbox();
  }

  get headers() {
    return { authorization: `Bearer ${this.kept?.token ?? ""}` };
  }

  /** @returns {import("../shared/message.js").Reader} */
  reader() {
    const names = /** @type {Record<string, string>} */ ({
      contact: say("thread.you"),
      bot: say("thread.assistant"),
      counselor: say("thread.counselor"),
      system: say("thread.desk"),
    });
    return {
      nameOf: (message) => names[message.author] ?? "",
      isOwn: (message) => message.author === "contact",
      download: (file) => void this.download(file),
      choose: (text) => this.choose(text),
      rate: (message, helpful, reason) => void this.judge(message, helpful, reason),
    };
  }

  newOutbox() {
    return new Outbox({
      key: own(UNSENT),
      storage,
      post: (draft) => this.post(draft),
      onDelay: (draft, error) => this.delayed(draft, error),
      onRefused: (draft, error) => this.refused(draft, error),
    });
  }

  start() {
    this.composer.write(storage.getItem(own(DRAFT)) ?? "");
    this.composer.field.addEventListener("input", () => {
      storage.setItem(own(DRAFT), this.composer.field.value);
      this.types();
    });
    for (const come of ["focus", "visibilitychange"]) addEventListener(come, () => this.see(), true);
    addEventListener("storage", (event) => {
      if (event.key === own(KEPT)) void this.resume();
    });
    void this.resume();
  }

  /** Take up the conversation that this browser holds, here or in another tab. */
  async resume() {
    const kept = stored();
    if (kept?.token === this.kept?.token && (this.live || !kept)) return;
    this.forget();
    if (!kept) return;
    this.kept = kept;
    try {
      this.show(await get(`${API}/sessions/current`, this.headers));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 401) this.expired();
      else this.unreachable();
    }
  }

  /** @param {Standing} standing */
  show(standing) {
    this.greeting.hidden = standing.messages.length > 0;
    this.thread.load(standing.messages);
    for (const draft of this.outbox.drafts) this.thread.expect(draft);
    this.outbox.hurry();
    this.stands(standing.status, standing.owner);
    this.place.show(standing.place);
    if (standing.status === "closed" || standing.status === "wrap_up") this.survey.open(standing.conversation_id);
    const asked = standing.messages.at(-1)?.author === "contact";
    if (asked && standing.owner === "bot") this.awaits();
    this.follow(standing.last);
    this.see();
  }

  /** @param {number} after */
  follow(after) {
    this.live?.stop();
    const token = this.kept?.token ?? "";
    this.live = new Live({
      socket: `${API}/live`,
      twin: `${API}/events`,
      after,
      protocols: [`bearer.${token}`],
      headers: this.headers,
      onEvent: (event) => this.hear(event),
      onSign: (sign) => this.sign(sign),
      onState: (state) => this.connection(state),
    });
    this.live.start();
  }

  /**
   * Whether an answer helped. Said at once, with a reason or before one.
   * @param {Message} message
   * @param {boolean} helpful
   * @param {string | null} reason
   */
  async judge(message, helpful, reason) {
    const body = { message_id: message.id, helpful, ...(reason ? { reason } : {}) };
    try {
      await send(`${API}/feedback`, body, this.headers);
      this.thread.rated({ ...message, helpful, unhelpful: reason });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.complain(say("widget.failed"));
    }
  }

  /** @param {DeskEvent} event */
  hear(event) {
    if (event.message && event.kind === "answer.rated") this.thread.rated(event.message);
    else if (event.message) this.heard(event.message);
    if (event.status && event.owner) this.stands(event.status, event.owner.kind);
    const over = event.kind === "conversation.wrapped" || event.kind === "conversation.ended";
    if (over && event.conversation_id && !this.left(event)) this.survey.open(event.conversation_id);
    if (TAKEN_UP.has(event.kind)) this.survey.close();
    if (event.kind === "survey.answered") this.survey.thank();
  }

  /**
   * Whoever leaves the queue has talked to nobody whom they could rate.
   * @param {DeskEvent} event
   */
  left(event) {
    return event.kind === "conversation.ended" && event.status === "closed";
  }

  /** @param {import("../../types").Sign} sign */
  sign(sign) {
    if (sign.kind === "typing") this.typing.seen();
    if (sign.kind === "place" && this.status === "waiting") {
      this.place.show({ ahead: sign.ahead ?? 0, minutes: sign.minutes ?? null });
    }
  }

  /** Asked for where no socket told it: after a hand-off, and after the line was lost. */
  async stand() {
    try {
      const { place } = await get(`${API}/place`, this.headers);
      this.place.show(this.status === "waiting" ? place : null);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }

  /** Tell the counselor what has been on the screen; it is no loss if that does not arrive. */
  see() {
    const last = this.thread.lastOf("counselor");
    if (!last || last === this.seen || !frame.visible()) return;
    this.seen = last;
    send(`${API}/seen`, { message_id: last }, this.headers).catch(() => undefined);
  }

  /** @param {Message} message */
  heard(message) {
    this.greeting.hidden = true;
    if (!this.thread.add(message)) return;
    if (message.author === "contact") return;
    this.answered();
    this.typing.over();
    frame.said();
    this.see();
  }

  /**
   * @param {string} status
   * @param {string} owner
   */
  stands(status, owner) {
    const changed = status !== this.status;
    this.status = status;
    this.owner = owner;
    if (status !== "open") this.answered();
    document.body.dataset.status = status;
    if (status !== "active") this.typing.over();
    if (status !== "waiting") this.place.show(null);
    else if (changed) void this.stand();
    const ending = ENDS[status];
    need("#end", HTMLButtonElement).hidden = !ending;
    if (ending) need("#end", HTMLButtonElement).textContent = say(ending);
    const key = status === "open" ? "widget.with_bot" : `widget.is_${status}`;
    const told = say(key);
    if (this.standing.textContent !== told) this.standing.textContent = told;
  }

  /**
   * @param {string} text
   * @param {string[]} files
   * @param {string[]} names
   */
  say(text, files, names) {
    storage.removeItem(own(DRAFT));
    this.hush();
    this.greeting.hidden = true;
    this.survey.close();
    const draft = {
      client_id: crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`,
      text,
      files,
      file_names: names,
      at: new Date().toISOString(),
    };
    this.thread.expect(draft);
    this.outbox.add(draft);
    if (this.owner === "bot") this.awaits();
  }

  /** @param {string} text */
  choose(text) {
    this.say(text, [], []);
    this.composer.field.focus();
  }

  person() {
    if (this.status === "waiting" || this.status === "active") {
      this.complain(say(`widget.person_${this.status}`));
      return;
    }
    this.choose(say("widget.person_text"));
  }

  /** @param {Draft} draft */
  async post(draft) {
    await this.session();
    const { client_id, text, files } = draft;
    await send(`${API}/messages`, { client_id, text, files }, this.headers);
    this.thread.mark(client_id, say("thread.sent"));
  }

  /** The conversation's token; the conversation begins with the first thing that is sent. */
  async session() {
    this.kept ??= stored();
    if (this.kept) return this.kept;
    this.opening ??= this.opened().finally(() => (this.opening = null));
    return this.opening;
  }

  /** @returns {Promise<Session>} */
  async opened() {
    const kept = await this.introduced();
    this.kept = kept;
    storage.setItem(own(KEPT), JSON.stringify(kept));
    this.follow(0);
    return kept;
  }

  /**
   * A new talk, in the name of whom the portal vouches for; without it once its word has run out.
   * @returns {Promise<Session>}
   */
  async introduced() {
    const { token } = frame.person;
    try {
      return await send(`${API}/sessions`, { language, ...(token ? { user_token: token } : {}) }, {});
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401 || !token) throw error;
      frame.nobody();
      this.knows(false);
      this.complain(say("widget.signed_out"));
      return this.introduced();
    }
  }

  /** @param {boolean} proven */
  knows(proven) {
    const button = document.querySelector("#phone");
    if (button instanceof HTMLElement) button.hidden = !proven;
  }

  /**
   * @param {Draft} draft
   * @param {Refused} error
   */
  delayed(draft, error) {
    this.answered();
    const limited = error.code === "rate_limited";
    this.thread.mark(
      draft.client_id,
      limited ? say("thread.slow", { n: error.retryAfter }) : say("thread.unsent"),
      limited ? null : () => this.outbox.hurry(),
    );
    if (limited) this.complain(say("widget.too_fast", { n: error.retryAfter }));
  }

  /**
   * @param {Draft} draft
   * @param {Refused} error
   */
  refused(draft, error) {
    this.answered();
    if (error.status === 401) {
      this.thread.forget(draft.client_id);
      this.composer.write(draft.text);
      this.expired();
      return;
    }
    this.thread.mark(draft.client_id, say("thread.refused"));
    const key = error.code === "invalid" ? "widget.refused" : "widget.failed";
    this.complain(say(key));
  }

  awaits() {
    this.working.hidden = false;
    need("span", HTMLElement, this.working).textContent = say("widget.working");
    clearTimeout(this.long);
    this.long = setTimeout(() => {
      need("span", HTMLElement, this.working).textContent = say("widget.still_working");
    }, LONG);
    if (this.thread.atEnd()) this.thread.toEnd();
  }

  answered() {
    clearTimeout(this.long);
    this.working.hidden = true;
  }

  /** @param {"live" | "polling" | "offline" | "refused"} state */
  connection(state) {
    document.body.dataset.connection = state;
    if (state === "live" && this.status === "waiting") void this.stand();
    if (state === "refused") this.expired();
    else if (state === "offline") this.complain(say("widget.offline"), "offline");
    else this.hush("offline");
  }

  unreachable() {
    this.complain(say("widget.offline"), "offline");
    setTimeout(() => void this.resume(), 3000);
  }

  expired() {
    storage.removeItem(own(KEPT));
    this.forget();
    this.complain(say("widget.expired"));
  }

  /**
   * @param {string} text
   * @param {string} [kind]
   */
  complain(text, kind = "said") {
    const line = need("span", HTMLElement, this.notice);
    this.notice.dataset.kind = kind;
    // Said once: an alert that is written again is read out again.
    if (line.textContent !== text) line.textContent = text;
    this.notice.hidden = false;
  }

  /** @param {string} [kind] only a notice of this kind */
  hush(kind) {
    if (kind && this.notice.dataset.kind !== kind) return;
    this.notice.hidden = true;
    need("span", HTMLElement, this.notice).textContent = "";
  }

  /** A page without a conversation, as it first was. */
  forget() {
    this.live?.stop();
    this.live = null;
    this.kept = null;
    this.thread.clear();
    this.survey.close();
    this.greeting.hidden = false;
    this.answered();
    this.hush();
    this.seen = "";
    this.stands("open", "bot");
  }

  async end() {
    try {
      await send(`${API}/end`, {}, this.headers);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // It has ended meanwhile: the stream says so too.
      if (error.status !== 409) this.complain(say(error.code === "offline" ? "widget.offline" : "widget.failed"));
    }
    this.composer.field.focus();
  }

  /** Begin anew; the desk keeps the earlier conversation. */
  renew() {
    this.outbox.stop();
    this.outbox.drafts = [];
    this.outbox.keep();
    this.outbox = this.newOutbox();
    storage.removeItem(own(KEPT));
    this.forget();
    this.composer.field.focus();
  }

  /** @param {import("../../types").StoredFile} file */
  async download(file) {
    try {
      await download(`${API}/files/${file.id}`, file.name, this.headers);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.complain(say("compose.file_offline", { name: file.name }));
    }
  }

  /** @param {{ score: number, comment?: string }} body */
  async rate(body) {
    try {
      await send(`${API}/survey`, body, this.headers);
      this.survey.thank();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.complain(say("widget.failed"));
    }
  }

  save() {
    const text = transcript([...this.thread.messages.values()]);
    offer(new Blob([text], { type: "text/plain;charset=utf-8" }), say("widget.transcript_name"));
  }
}

await frame.ready;
followChosenLanguage();
const chat = new Chat();
const menu = need("#menu", HTMLDetailsElement);
const renewing = need("#renew-dialog", HTMLDialogElement);
if (document.querySelector("#phone")) {
  const phone = new PhonePin(async () => {
    await chat.session();
    return chat.headers;
  });
  need("#phone", HTMLButtonElement).addEventListener("click", () => {
    menu.open = false;
    void phone.open();
  });
  chat.knows(Boolean(frame.person.token));
}

need("#person", HTMLButtonElement).addEventListener("click", () => chat.person());
need("#notice button", HTMLButtonElement).addEventListener("click", () => {
  chat.hush();
  chat.composer.field.focus();
});
need("#transcript", HTMLButtonElement).addEventListener("click", () => {
  menu.open = false;
  chat.save();
});
need("#renew", HTMLButtonElement).addEventListener("click", () => {
  menu.open = false;
  if (chat.kept && chat.status !== "closed") renewing.showModal();
  else chat.renew();
});
const ending = need("#end-dialog", HTMLDialogElement);
need("#end", HTMLButtonElement).addEventListener("click", () => {
  menu.open = false;
  const waits = chat.status === "waiting";
  need("h2", HTMLElement, ending).textContent = say(waits ? "widget.leave" : "widget.end");
  need("p", HTMLElement, ending).textContent = say(waits ? "widget.leave_text" : "widget.end_text");
  need("button[value=yes]", HTMLElement, ending).textContent = say(waits ? "widget.leave" : "widget.end");
  ending.returnValue = "";
  ending.showModal();
});
ending.addEventListener("close", () => {
  if (ending.returnValue === "yes") void chat.end();
});
renewing.addEventListener("close", () => renewing.returnValue === "yes" && chat.renew());
for (const starter of document.querySelectorAll("#greeting button")) {
  starter.removeAttribute("disabled");
  starter.addEventListener("click", () => chat.choose(starter.textContent ?? ""));
}
const closer = need("#close", HTMLButtonElement);
closer.hidden = !frame.framed;
closer.addEventListener("click", () => frame.close());
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  if (menu.open) {
    menu.open = false;
    need("summary", HTMLElement, menu).focus();
  } else frame.close();
});
chat.start();
need("#until-ready", HTMLFieldSetElement).disabled = false;
frame.listen(() => {
  // On a touch screen the keyboard would cover the talk that was opened to be read.
  const writes = matchMedia("(pointer: fine)").matches;
  (writes ? chat.composer.field : need("h1", HTMLElement)).focus();
});
