/** The conversation as a text to keep. */

import { say, language } from "../shared/words.js";

/** @typedef {import("../../types").Message} Message */

/** @param {Message[]} messages */
export function transcript(messages) {
  const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const names = /** @type {Record<string, string>} */ ({
    contact: say("thread.you"),
    bot: say("thread.assistant"),
    counselor: say("thread.counselor"),
    system: say("thread.desk"),
  });
  return messages
    .map((message) => {
      const head = `[${moment.format(new Date(message.at))}] ${names[message.author]}`;
      const files = message.files.map((file) => `[${file.name}]`);
      const sources = message.citations.map(
        (c) => `- ${c.title}, ${say("thread.version", { n: c.version })}: ${location.origin}${c.url}`,
      );
      return [head, message.text, ...files, ...sources].filter(Boolean).join("\n");
    })
    .join("\n\n");
}
