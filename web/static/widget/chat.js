/** The chat of the widget: one conversation, kept over reloads and the same in every tab. */

import { Refused, download, downloadReceipt, get, offer, send } from "../shared/api.js";
import { Composer } from "../shared/composer.js";
import { need } from "../shared/dom.js";
import { Live } from "../shared/live.js";
import { Outbox } from "../shared/outbox.js";
import { storage } from "../shared/storage.js";
import { Thread } from "../shared/thread.js";
import { Typing, teller } from "../shared/typing.js";
import { say } from "../shared/words.js";
import * as frame from "./frame.js";
import { Notice } from "./notice.js";
import { Place } from "./place.js";
import { Session, own } from "./session.js";
import { Survey } from "./survey.js";
import { transcript } from "./transcript.js";
import { Working } from "./working.js";

/** @typedef {import("../../types").Message} Message */
/** @typedef {import("../../types").DeskEvent} DeskEvent */
/** @typedef {import("../../types").Standing} Standing */
/** @typedef {import("../../types").Draft} Draft */

const UNSENT = "sinmungo.unsent";
const DRAFT = "sinmungo.draft";
const API = "/api/v1/chat";
// After these the talk goes on, and its end will have a question of its own.
const TAKEN_UP = new Set(["conversation.reopened", "conversation.resumed"]);
/** What ending means while people are waited for or talked to. @type {Record<string, string>} */
const ENDS = { waiting: "widget.leave", active: "widget.end" };

export class Chat {
  constructor() {
    this.thread = new Thread(need("#log", HTMLElement), this.reader(), need("#more", HTMLButtonElement));
    this.notice = new Notice();
    this.working = new Working();
    this.session = new Session({
      onOpened: () => this.follow(0),
      onSignedOut: () => this.signedOut(),
    });
    this.standing = need("#standing", HTMLElement);
    this.greeting = need("#greeting", HTMLElement);
    this.survey = new Survey(need("#survey", HTMLFormElement), (body) => this.rate(body));
    this.composer = new Composer(need("#composer", HTMLFormElement), {
      onSend: (text, files, names) => this.say(text, files, names),
      uploadTo: async () => {
        await this.session.begun();
        return { path: `${API}/files`, headers: this.session.headers };
      },
      complain: (text) => this.notice.show(text),
      sends: (event) => event.key === "Enter" && !event.shiftKey,
    });
    this.place = new Place();
    this.typing = new Typing(need("#typing", HTMLElement));
    this.types = teller(() => this.owner === "counselor" && this.live?.sign({ kind: "typing" }));
    this.seen = "";
    /** @type {Live | null} */
    this.live = null;
    this.status = "open";
    this.owner = "bot";
    this.outbox = this.newOutbox();
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
      receipt: (action) => void this.receipt(action.id),
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
      if (this.session.changes(event)) void this.resume();
    });
    void this.resume();
  }

  /** Take up the conversation that this browser holds, here or in another tab. */
  async resume() {
    const held = this.session.stored();
    if (held?.token === this.session.held?.token && (this.live || !held)) return;
    this.forget();
    if (!held) return;
    this.session.held = held;
    try {
      this.show(await get(`${API}/sessions/current`, this.session.headers));
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
    if (asked && this.byBot()) this.awaits();
    this.follow(standing.last);
    this.see();
  }

  /** @param {number} after */
  follow(after) {
    this.live?.stop();
    const token = this.session.held?.token ?? "";
    this.live = new Live({
      socket: `${API}/live`,
      twin: `${API}/events`,
      after,
      protocols: [`bearer.${token}`],
      headers: this.session.headers,
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
    await this.tried(say("widget.failed"), async () => {
      await send(`${API}/feedback`, body, this.session.headers);
      this.thread.rated({ ...message, helpful, unhelpful: reason });
    });
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
      const { place } = await get(`${API}/place`, this.session.headers);
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
    send(`${API}/seen`, { message_id: last }, this.session.headers).catch(() => undefined);
  }

  /** @param {Message} message */
  heard(message) {
    this.greeting.hidden = true;
    if (!this.thread.add(message)) return;
    if (message.author === "contact") return;
    this.working.over();
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
    if (!this.byBot()) this.working.over();
    document.body.dataset.status = status;
    if (status !== "active") this.typing.over();
    if (status !== "waiting") this.place.show(null);
    else if (changed) void this.stand();
    const ending = ENDS[status];
    need("#end", HTMLButtonElement).hidden = !ending;
    if (ending) need("#end", HTMLButtonElement).textContent = say(ending);
    const promised = owner === "callback" && status === "waiting";
    const key =
      status === "open" ? "widget.with_bot" : `widget.is_${promised ? "promised" : status}`;
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
    this.notice.hide();
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
    if (this.byBot()) this.awaits();
  }

  /** Whether the assistant answers: it does, too, while a call back is promised. */
  byBot() {
    return this.owner === "bot" || this.owner === "callback";
  }

  /** @param {string} text */
  choose(text) {
    this.say(text, [], []);
    this.composer.field.focus();
  }

  person() {
    if (!this.byBot() && (this.status === "waiting" || this.status === "active")) {
      this.notice.show(say(`widget.person_${this.status}`));
      return;
    }
    this.choose(say("widget.person_text"));
  }

  /** @param {Draft} draft */
  async post(draft) {
    await this.session.begun();
    const { client_id, text, files } = draft;
    await send(`${API}/messages`, { client_id, text, files }, this.session.headers);
    this.thread.mark(client_id, say("thread.sent"));
  }

  signedOut() {
    this.knows(false);
    this.notice.show(say("widget.signed_out"));
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
    this.working.over();
    const limited = error.code === "rate_limited";
    this.thread.mark(
      draft.client_id,
      limited ? say("thread.slow", { n: error.retryAfter }) : say("thread.unsent"),
      limited ? null : () => this.outbox.hurry(),
    );
    if (limited) this.notice.show(say("widget.too_fast", { n: error.retryAfter }));
  }

  /**
   * @param {Draft} draft
   * @param {Refused} error
   */
  refused(draft, error) {
    this.working.over();
    if (error.status === 401) {
      this.thread.forget(draft.client_id);
      this.composer.write(draft.text);
      this.expired();
      return;
    }
    this.thread.mark(draft.client_id, say("thread.refused"));
    const key = error.code === "invalid" ? "widget.refused" : "widget.failed";
    this.notice.show(say(key));
  }

  awaits() {
    this.working.begin();
    if (this.thread.atEnd()) this.thread.toEnd();
  }

  /** @param {"live" | "polling" | "offline" | "refused"} state */
  connection(state) {
    document.body.dataset.connection = state;
    if (state === "live" && this.status === "waiting") void this.stand();
    if (state === "refused") this.expired();
    else if (state === "offline") this.notice.show(say("widget.offline"), "offline");
    else this.notice.hide("offline");
  }

  unreachable() {
    this.notice.show(say("widget.offline"), "offline");
    setTimeout(() => void this.resume(), 3000);
  }

  expired() {
    this.session.drop();
    this.forget();
    this.notice.show(say("widget.expired"));
  }

  /** A page without a conversation, as it first was. */
  forget() {
    this.live?.stop();
    this.live = null;
    this.session.held = null;
    this.thread.clear();
    this.survey.close();
    this.greeting.hidden = false;
    this.working.over();
    this.notice.hide();
    this.seen = "";
    this.stands("open", "bot");
  }

  async end() {
    try {
      await send(`${API}/end`, {}, this.session.headers);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // It has ended meanwhile: the stream says so too.
      if (error.status !== 409) this.notice.show(say(error.code === "offline" ? "widget.offline" : "widget.failed"));
    }
    this.composer.field.focus();
  }

  /** Begin anew; the desk keeps the earlier conversation. */
  renew() {
    this.outbox.stop();
    this.outbox.drafts = [];
    this.outbox.keep();
    this.outbox = this.newOutbox();
    this.session.drop();
    this.forget();
    this.composer.field.focus();
  }

  /** @param {import("../../types").StoredFile} file */
  async download(file) {
    await this.tried(say("compose.file_offline", { name: file.name }), () =>
      download(`${API}/files/${file.id}`, file.name, this.session.headers),
    );
  }

  /** @param {string} action */
  async receipt(action) {
    await this.tried(say("thread.receipt_failed"), () => downloadReceipt(action, this.session.headers));
  }

  /** @param {{ score: number, comment?: string }} body */
  async rate(body) {
    await this.tried(say("widget.failed"), async () => {
      await send(`${API}/survey`, body, this.session.headers);
      this.survey.thank();
    });
  }

  /**
   * @param {string} refused what is told where the desk refuses
   * @param {() => Promise<unknown>} act
   */
  async tried(refused, act) {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.notice.show(refused);
    }
  }

  save() {
    const text = transcript([...this.thread.messages.values()]);
    offer(new Blob([text], { type: "text/plain;charset=utf-8" }), say("widget.transcript_name"));
  }
}
