/** What the buttons beside an open conversation do. */

import { Refused, get, send } from "../shared/api.js";
import { need } from "../shared/dom.js";
import { say } from "../shared/words.js";
import { asked } from "./dialogs.js";
import { Macros } from "./macros.js";
import { Similar } from "./similar.js";

/** @typedef {import("./talk.js").Talk} Talk */

// What the desk says of a promise that it does not take; all else is told as any refusal.
const WHY_NO_CALL = new Set([
  "number", "at", "quiet_hours", "closed", "do_not_contact", "suspended", "promised",
  "with_counselor", "on_the_line",
]);

export class Acts {
  /** @param {Talk} talk */
  constructor(talk) {
    this.talk = talk;
    this.similar = new Similar(talk.desk.headers);
    this.macros = new Macros(talk);
  }

  /**
   * What an action's button does; without its button, an action is not allowed now.
   * @param {string} action
   */
  async act(action) {
    const button = document.querySelector(`[data-do=${action}]`);
    if (!this.talk.id || !(button instanceof HTMLButtonElement) || button.disabled) return;
    try {
      await this.done(action, button);
    } catch (error) {
      await this.talk.desk.refresh();
      await this.talk.refresh();
      this.talk.desk.fail(error);
    }
  }

  /**
   * @param {string} action
   * @param {HTMLButtonElement} button
   */
  async done(action, button) {
    if (action === "accept") await this.accept(button);
    if (action === "transfer") await this.transfer();
    if (action === "refuse") await this.refuse();
    if (action === "take") await this.take();
    if (action === "watch") await this.order("watch", "console.watching");
    if (action === "leave") await this.order("leave", "console.left");
    if (action === "consult") await this.consult();
    if (action === "escalate") await this.escalate();
    if (action === "abuse") await this.abuse();
    if (action === "end") await this.end();
    if (action === "wrap") await this.wrap();
    if (action === "ticket") await this.openTicket();
    if (action === "promise") await this.promise();
    if (action === "macro") await this.macros.open();
  }

  /**
   * @param {string} verb
   * @param {object} [body]
   */
  post(verb, body = {}) {
    return send(`${this.talk.path}/${verb}`, body, this.talk.desk.headers);
  }

  /** @param {HTMLButtonElement} button */
  async accept(button) {
    button.disabled = true;
    try {
      await this.post("accept");
      await this.talk.settle("console.accepted");
      this.talk.write("public");
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 409) throw error;
      this.talk.desk.tell(say("console.taken"), true);
      await this.talk.desk.refresh();
      this.talk.desk.next();
    } finally {
      button.disabled = false;
    }
  }

  /** Those who can take this conversation, with their names. */
  takers() {
    return /** @type {[string, string][]} */ (JSON.parse(this.talk.head.dataset.takers ?? "[]"));
  }

  /** Only those who can take this conversation are offered. */
  offerTakers() {
    const group = need("#transfer-counselors", HTMLOptGroupElement);
    const takers = this.takers();
    group.hidden = !takers.length;
    group.replaceChildren(...takers.map(([id, name]) => new Option(name, `counselor:${id}`)));
    // Whoever does not hold the talk has nothing to go on with while the other is asked.
    need("#transfer-first", HTMLElement).hidden = this.talk.head.dataset.speak !== "true";
  }

  /** The offer goes to another; the place of the person is kept. */
  async refuse() {
    const offer = `/api/v1/reservations/${this.talk.head.dataset.offer}/reject`;
    await send(offer, { reason: "busy" }, this.talk.desk.headers);
    this.talk.close();
    this.talk.desk.tell(say("console.refused_offer"), true);
    await this.talk.desk.refresh();
    need("#lists", HTMLElement).focus();
  }

  /** Nobody takes a talk from a colleague who has only just got it: the desk is told who was seen. */
  async take() {
    await this.post("take", { holder: this.talk.head.dataset.holder });
    await this.talk.settle("console.took");
  }

  /**
   * @param {string} verb
   * @param {string} words
   */
  async order(verb, words) {
    await this.post(verb);
    await this.talk.settle(words);
  }

  async consult() {
    const list = need("#consult-whom", HTMLSelectElement);
    list.replaceChildren(...this.takers().map(([id, name]) => new Option(name, id)));
    const told = await asked(need("#consult-dialog", HTMLDialogElement));
    if (!told?.counselor) return;
    await this.post("consult", told);
    await this.talk.settle("console.consulted");
    this.talk.write("internal");
  }

  async escalate() {
    const told = await asked(need("#escalate-dialog", HTMLDialogElement));
    if (!told) return;
    await this.give("escalate", told.note ? { note: told.note } : {}, "console.escalated");
  }

  async abuse() {
    const told = await asked(need("#abuse-dialog", HTMLDialogElement));
    if (!told) return;
    const { step } = await this.post("abuse", told);
    await this.talk.settle(`abuse.done_${step}`);
  }

  async transfer() {
    this.offerTakers();
    const told = await asked(need("#transfer-dialog", HTMLDialogElement));
    if (!told) return;
    const [kind = "", id = ""] = (told.to ?? "").split(":");
    const note = told.note ? { note: told.note } : {};
    const body = { [kind]: id, holder: this.talk.head.dataset.holder, ...note };
    if (kind === "counselor" && told.warm && this.talk.head.dataset.speak === "true") {
      await this.post("transfer", { ...body, warm: true });
      await this.talk.settle("console.asked_first");
      return;
    }
    await this.give("transfer", body, "console.transferred");
  }

  /**
   * Pass it on and let go of it.
   * @param {string} verb
   * @param {object} body
   * @param {string} words
   */
  async give(verb, body, words) {
    // From the moment it is passed on it may be out of sight: nothing is asked about it any more.
    this.talk.loading = true;
    try {
      await this.post(verb, body);
    } finally {
      this.talk.loading = false;
    }
    this.talk.close();
    this.talk.desk.tell(say(words), true);
    await this.talk.desk.refresh();
    need("#lists", HTMLElement).focus();
  }

  /** The numbers that the person is known by are offered; the talk then waits for the call. */
  async promise() {
    const path = `/api/v1/contacts/${this.talk.head.dataset.contactId}/call`;
    const { numbers } = /** @type {{ numbers: string[] }} */ (await get(path, {}));
    const known = numbers.map((number) => new Option("", number));
    need("#promise-numbers", HTMLDataListElement).replaceChildren(...known);
    const filled = { number: numbers[0] ?? "", about: this.talk.facts.goal.slice(0, 300) };
    const told = await asked(need("#promise-dialog", HTMLDialogElement), filled);
    if (!told) return;
    const { number, about, at, who } = told;
    const body = { number, about, mine: who === "me", ...(at ? { local: at } : {}) };
    try {
      await this.post("callback", body);
    } catch (error) {
      const why = error instanceof Refused ? error.reason || error.field : "";
      if (!WHY_NO_CALL.has(why)) throw error;
      this.talk.desk.tell(say(`promise.problem_${why}`));
      return;
    }
    await this.talk.settle("promise.done_promised");
  }

  async end() {
    if (!(await asked(need("#end-talk-dialog", HTMLDialogElement)))) return;
    await this.post("end");
    await this.talk.settle("console.ended");
    need("#do-wrap", HTMLElement).focus();
  }

  async wrap() {
    // A talk that has ended need not be told that it will.
    need("#wrap-text", HTMLElement).hidden = this.talk.head.dataset.status === "wrap_up";
    const told = await asked(need("#wrap-dialog", HTMLDialogElement));
    if (!told) return;
    const body = { code: told.code, ...(told.note ? { note: told.note } : {}) };
    await this.post("wrap", body);
    await this.talk.settle("console.wrapped_up");
  }

  async openTicket() {
    const { queue, goal } = this.talk.facts;
    const filled = { subject: goal, ...(queue ? { queue } : {}) };
    const asking = asked(need("#ticket-dialog", HTMLDialogElement), filled);
    this.similar.begin(this.talk.head.dataset.contactId ?? "");
    const told = await asking;
    if (!told) return;
    await send("/api/v1/tickets", { ...told, conversation: this.talk.id }, this.talk.desk.headers);
    await this.talk.settle("console.ticket_opened");
  }

  /** @param {Event} event */
  async changed(event) {
    const select = event.target;
    if (!(select instanceof HTMLSelectElement) || !select.dataset.ticket) return;
    try {
      const body = { status: select.value };
      await send(`/api/v1/tickets/${select.dataset.ticket}`, body, this.talk.desk.headers, "PATCH");
      this.talk.desk.tell(say("console.ticket_changed"), true);
    } catch (error) {
      this.talk.desk.fail(error);
    }
  }
}
