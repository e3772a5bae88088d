/** The browser's store, or one in memory where a browser forbids it to framed pages. */

/** @implements {Storage} */
class Memory {
  constructor() {
    /** @type {Map<string, string>} */
    this.kept = new Map();
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
  }
  /**
   * @param {string} key
   * @param {string} value
   */
  setItem(key, value) {
    this.kept.set(key, value);
  }
}

/** @returns {Storage} */
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
