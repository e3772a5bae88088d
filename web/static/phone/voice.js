/** Sound, where the browser offers any: reading aloud and listening. */

/** @typedef {{ lang: string, interimResults: boolean, start(): void,
 *   onresult: ((event: { results: { transcript: string }[][] }) => void) | null }} Recogniser */

const offered = /** @type {Record<string, (new () => Recogniser) | undefined>} */ (
  /** @type {unknown} */ (window)
);
const Recognition = offered.SpeechRecognition ?? offered.webkitSpeechRecognition;

/** Whether this browser can listen. */
export const hearing = Recognition !== undefined;

export class Voice {
  /** @param {() => boolean} aloud */
  constructor(aloud) {
    this.aloud = aloud;
  }

  /**
   * Says a sentence; over at once where nothing is to be heard.
   * @param {string} text
   * @param {string} tongue
   * @returns {Promise<void>}
   */
  say(text, tongue) {
    if (!this.aloud() || !("speechSynthesis" in window)) return Promise.resolve();
    return new Promise((done) => {
      const sentence = new SpeechSynthesisUtterance(text);
      sentence.lang = tongue;
      sentence.onend = sentence.onerror = () => done();
      window.speechSynthesis.speak(sentence);
    });
  }

  quiet() {
    if ("speechSynthesis" in window) window.speechSynthesis.cancel();
  }

  /**
   * @param {string} tongue
   * @param {(words: string) => void} then
   */
  listen(tongue, then) {
    if (!Recognition) return;
    const recogniser = new Recognition();
    recogniser.lang = tongue;
    recogniser.interimResults = false;
    recogniser.onresult = (event) => {
      const words = event.results[0]?.[0]?.transcript ?? "";
      if (words) then(words);
    };
    recogniser.start();
  }
}
