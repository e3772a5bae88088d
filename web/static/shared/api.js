/** Speaking to the desk's API: errors become one kind of exception. */

/** What the desk refused, or `offline` when it could not be reached. */
export class Refused extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {number} status
   * @param {number} retryAfter seconds
   * @param {string} field what was wrong, where that is one field
   * @param {string} reason why, where the desk has a code for it
   */
  constructor(code, message, status, retryAfter = 0, field = "", reason = "") {
    super(message);
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
    this.field = field;
    this.reason = reason;
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [how]
 * @returns {Promise<Response>}
 */
export async function ask(path, how = {}) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", ...how });
  } catch {
    throw new Refused("offline", "offline", 0);
  }
  if (answer.ok) return answer;
  throw await refusal(answer);
}

/**
 * @param {string} path
 * @param {HeadersInit} headers
 * @returns {Promise<any>}
 */
export async function get(path, headers) {
  return (await ask(path, { headers })).json();
}

/**
 * @param {string} path
 * @param {unknown} body
 * @param {Record<string, string>} headers
 * @param {string} [method]
 * @returns {Promise<any>}
 */
export async function send(path, body, headers, method = "POST") {
  const all = { ...headers, "content-type": "application/json" };
  return (await ask(path, { method, headers: all, body: JSON.stringify(body) })).json();
}

/**
 * Send a file and hear how far it has come; `fetch` cannot tell.
 * @param {string} path
 * @param {File} file
 * @param {Record<string, string>} headers
 * @param {(share: number) => void} progress
 * @returns {Promise<string>} the file's id
 */
export function upload(path, file, headers, progress) {
  const request = new XMLHttpRequest();
  const form = new FormData();
  form.append("file", file);
  return new Promise((resolve, reject) => {
    request.open("POST", path);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total);
    request.onerror = () => reject(new Refused("offline", "offline", 0));
    request.onload = () => {
      const told = parsed(request.responseText);
      if (request.status === 201) resolve(told.file_id);
      else reject(made(told, request.status, request.getResponseHeader("retry-after")));
    };
    request.send(form);
  });
}

/**
 * Fetch a file that needs a header, and hand it to the browser as a download.
 * @param {string} path
 * @param {string} name
 * @param {HeadersInit} headers
 */
export async function download(path, name, headers) {
  const answer = await ask(path, { headers });
  offer(await answer.blob(), name);
}

/**
 * Download the receipt of an act: a file that proves itself, for whoever may read the talk.
 * @param {string} action
 * @param {HeadersInit} headers
 */
export function downloadReceipt(action, headers) {
  return download(`/api/v1/actions/${action}/receipt`, `receipt-action-${action}.json`, headers);
}

/**
 * @param {Blob} content
 * @param {string} name
 */
export function offer(content, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** @param {Response} answer */
async function refusal(answer) {
  return made(parsed(await answer.text()), answer.status, answer.headers.get("retry-after"));
}

/**
 * @param {any} told
 * @param {number} status
 * @param {string | null} retryAfter
 */
function made(told, status, retryAfter) {
  const error = told?.error ?? {};
  const { field, reason } = error.details ?? {};
  const after = Number(retryAfter) || 0;
  return new Refused(error.code ?? "internal", error.message ?? "", status, after, code(field), code(reason));
}

/** @param {unknown} told */
function code(told) {
  return typeof told === "string" ? told : "";
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
