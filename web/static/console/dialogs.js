/** Asking for what an action needs, in a dialog that gives the focus back. */

/**
 * Resolves with the form's fields, or with null when it was cancelled.
 * @param {HTMLDialogElement} dialog
 * @param {Record<string, string>} [filled]
 * @returns {Promise<Record<string, string> | null>}
 */
export function asked(dialog, filled = {}) {
  const form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
  form.reset();
  for (const [name, value] of Object.entries(filled)) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = value;
  }
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close",
      () => {
        if (dialog.returnValue !== "do") return resolve(null);
        const fields = [...new FormData(form)].map(([name, value]) => [name, String(value).trim()]);
        return resolve(Object.fromEntries(fields));
      },
      { once: true },
    );
  });
}
