/** The widget's page: its buttons and keys, and the frame around it. */

import { need } from "../shared/dom.js";
import { say } from "../shared/words.js";
import { Chat } from "./chat.js";
import * as frame from "./frame.js";
import { followChosenLanguage } from "./language.js";
import { PhonePin } from "./phone_pin.js";

await frame.ready;
followChosenLanguage();
const chat = new Chat();
const menu = need("#menu", HTMLDetailsElement);
const renewing = need("#renew-dialog", HTMLDialogElement);
if (document.querySelector("#phone")) {
  const phone = new PhonePin(async () => {
    await chat.session.begun();
    return chat.session.headers;
  });
  need("#phone", HTMLButtonElement).addEventListener("click", () => {
    menu.open = false;
    void phone.open();
  });
  chat.knows(Boolean(frame.person.token));
}

need("#person", HTMLButtonElement).addEventListener("click", () => chat.person());
need("#notice button", HTMLButtonElement).addEventListener("click", () => {
  chat.notice.hide();
  chat.composer.field.focus();
});
need("#transcript", HTMLButtonElement).addEventListener("click", () => {
  menu.open = false;
  chat.save();
});
need("#renew", HTMLButtonElement).addEventListener("click", () => {
  menu.open = false;
  if (chat.session.held && chat.status !== "closed") renewing.showModal();
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
