/** The browser's store, or one in memory where a browser forbids it to framed pages. */

/** @implements {Storage} */
export class Memory {
  constructor() {
    /** @type {Map<string, string>} */
    this.kept = new Map();
    /** @type {(key: string, value: string | null) => void} */
    this.onChange = () => undefined;
  }
  get length() {
    return this.kept.size;
  }
  clear() {
    this.kept.clear();
  }
  /** @param {string} key */
  getItem(key) {
    return this.kept.get(key) ?? null;
  }
  /** @param {number} at */
  key(at) {
    return [...this.kept.keys()][at] ?? null;
  }
  /** @param {string} key */
  removeItem(key) {
    this.kept.delete(key);
    this.onChange(key, null);
  }
  /**
   * @param {string} key
   * @param {string} value
   */
  setItem(key, value) {
    this.kept.set(key, value);
    this.onChange(key, value);
  }
}

/** @returns {Storage | Memory} */
function opened() {
  try {
    localStorage.setItem("sinmungo.probe", "1");
    localStorage.removeItem("sinmungo.probe");
    return localStorage;
  } catch {
    return new Memory();
  }
}

export const storage = opened();
