// The desk's chat on any page: <script src="https://desk.example/widget.js" data-lang="en" async></script>
// Optional: data-title (the button's words), data-open (open at once), data-user-token (whom the
// portal has signed in: the signed token of POST /api/v1/chat/sessions, given to the desk alone). Any
// element with the attribute data-sinmungo-open opens the chat too.
(() => {
  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  const mark = "sinmungo-widget";
  if (document.getElementById(mark)) return;
  const desk = new URL(script.src).origin;
  /** @type {Record<string, Record<string, string>>} */
  const all = JSON.parse(JSON.stringify("__WORDS__"));
  const asked = (script.dataset.lang || document.documentElement.lang || "en").slice(0, 2);
  const lang = all[asked] ? asked : "en";
  const words = /** @type {Record<string, string>} */ (all[lang]);
  const title = script.dataset.title || words.open || "";
  const kept = "sinmungo-open";

  const host = document.createElement("div");
  host.id = mark;
  host.lang = lang;
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { all: initial; }
    button { position: fixed; inset-block-end: 20px; inset-inline-end: 20px; z-index: 2147483000;
      display: flex; align-items: center; gap: 10px; min-block-size: 56px; padding: 0 22px 0 18px;
      max-inline-size: calc(100vw - 40px);
      border: 2px solid transparent; border-radius: 28px; cursor: pointer; color: #fff; background: #0b5457;
      font: 600 16px/1.25 system-ui, "Noto Sans KR", "Apple SD Gothic Neo", "Malgun Gothic", sans-serif;
      box-shadow: 0 2px 6px rgb(0 0 0 / .2), 0 8px 24px rgb(0 0 0 / .18); }
    button:hover { background: #083f42; }
    button:focus-visible { outline: 3px solid #fff; outline-offset: -5px; border-color: #0b5457; }
    svg { inline-size: 26px; block-size: 26px; flex: none; }
    .count { min-inline-size: 24px; padding: 2px 4px; border-radius: 12px; background: #fff; color: #8c1d18;
      text-align: center; font-size: 14px; }
    [hidden] { display: none !important; }
    iframe { position: fixed; inset-block-end: 88px; inset-inline-end: 20px; z-index: 2147483001;
      inline-size: min(410px, calc(100vw - 40px)); block-size: min(680px, calc(100dvh - 108px));
      border: 1px solid #9aa9a8; border-radius: 14px; background: Canvas; color-scheme: light dark;
      box-shadow: 0 4px 12px rgb(0 0 0 / .15), 0 16px 48px rgb(0 0 0 / .25); }
    @media (max-width: 520px), (max-height: 460px) {
      iframe { inset: 0; inline-size: 100vw; block-size: 100dvh; border: 0; border-radius: 0; }
    }
    @media (prefers-reduced-motion: no-preference) {
      iframe { animation: rise .18s ease-out; }
      @keyframes rise { from { opacity: 0; transform: translateY(8px); } }
    }
    @media print { :host { display: none; } }`);
  root.adoptedStyleSheets = [sheet];

  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-expanded", "false");
  const count = document.createElement("span");
  count.className = "count";
  count.hidden = true;
  const label = document.createElement("span");
  label.textContent = title;
  button.append(drum(), label, count);
  root.append(button);

  /** @type {HTMLIFrameElement | null} */
  let frame = null;
  let ready = false;
  /** @type {Element | null} */
  let opener = null;

  function drum() {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("fill", "currentColor");
    path.setAttribute(
      "d",
      "M4 3h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-7l-5 4.5V17H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2Zm3 5v2h10V8H7Zm0 3.5v2h7v-2H7Z",
    );
    svg.append(path);
    return svg;
  }

  function made() {
    const made = document.createElement("iframe");
    made.title = words.title || title;
    made.src = `${desk}/widget?lang=${lang}`;
    made.allow = "clipboard-write";
    if (script.dataset.userToken) made.name = "sinmungo-named";
    made.hidden = true;
    made.addEventListener("load", () => {
      ready = true;
      const person = script.dataset.userToken;
      tell({ sinmungo: made.hidden ? "closed" : "opened", kept: everything(), person });
      if (!made.hidden && opener) focusInside();
    });
    root.append(made);
    return made;
  }

  /** @param {unknown} message */
  function tell(message) {
    // Before it has loaded, the frame is still of this page's own origin.
    if (ready) frame?.contentWindow?.postMessage(message, desk);
  }

  function focusInside() {
    frame?.focus();
    tell({ sinmungo: "focus" });
  }

  /** @param {Element | null} by what gets the focus back; null leaves the focus where it is */
  function open(by) {
    frame ??= made();
    opener = by;
    frame.hidden = false;
    button.setAttribute("aria-expanded", "true");
    label.textContent = words.close || title;
    unread(0);
    keep("1");
    tell({ sinmungo: "opened" });
    if (by && ready) focusInside();
  }

  function close() {
    if (frame) frame.hidden = true;
    button.setAttribute("aria-expanded", "false");
    label.textContent = title;
    keep("");
    tell({ sinmungo: "closed" });
    const back = opener instanceof HTMLElement && opener.isConnected ? opener : button;
    back.focus();
  }

  /** @param {number} n */
  function unread(n) {
    count.hidden = !n;
    count.textContent = n > 9 ? "9+" : String(n);
    if (n) count.setAttribute("aria-label", (words.unread || "{n}").replace("{n}", String(n)));
    count.setAttribute("role", "img");
  }

  /** @param {string} state */
  function keep(state) {
    try {
      sessionStorage.setItem(kept, state);
    } catch {
      // A page without storage forgets that the chat was open; nothing else is lost.
    }
  }

  // Only where the browser lets the frame itself keep nothing: see the frame's own script.
  /** @param {unknown} key @param {unknown} value */
  function keepForFrame(key, value) {
    if (typeof key !== "string" || !key.startsWith("sinmungo.")) return;
    try {
      if (typeof value === "string") localStorage.setItem(key, value);
      else localStorage.removeItem(key);
    } catch {
      // Then the talk lasts as long as this page.
    }
  }

  function everything() {
    /** @type {Record<string, string | null>} */
    const kept = {};
    try {
      for (const key of Object.keys(localStorage)) {
        if (desk !== location.origin && key.startsWith("sinmungo.")) kept[key] = localStorage.getItem(key);
      }
    } catch {
      // Nothing was kept.
    }
    return kept;
  }

  function wasOpen() {
    try {
      return sessionStorage.getItem(kept) === "1";
    } catch {
      return false;
    }
  }

  button.addEventListener("click", () => (frame && !frame.hidden ? close() : open(button)));
  document.addEventListener("click", (event) => {
    const by = event.target instanceof Element && event.target.closest("[data-sinmungo-open]");
    if (!by) return;
    event.preventDefault();
    open(by);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && frame && !frame.hidden && root.activeElement) close();
  });
  addEventListener("message", (event) => {
    if (event.origin !== desk || event.source !== frame?.contentWindow) return;
    if (event.data?.sinmungo === "close") close();
    if (event.data?.sinmungo === "unread" && frame?.hidden) unread(Number(event.data.n) || 0);
  });

  addEventListener("storage", (event) => {
    if (event.key?.startsWith("sinmungo.")) {
      tell({ sinmungo: "kept", kept: { [event.key]: event.newValue } });
    }
  });
  addEventListener("message", (event) => {
    const ours = event.origin === desk && event.source === frame?.contentWindow;
    if (ours && event.data?.sinmungo === "keep") keepForFrame(event.data.key, event.data.value);
  });

  const start = () => {
    document.body.append(host);
    if (script.dataset.open !== undefined || wasOpen()) open(null);
  };
  if (document.body) start();
  else addEventListener("DOMContentLoaded", start);
})();
