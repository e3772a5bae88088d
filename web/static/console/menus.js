/** Menus close as people expect: at Escape, at a press elsewhere, and once the focus has left. */

const OPEN = "details.menu[open]";

/** @param {EventTarget | null} target what is pressed or focused: menus without it close */
function closeOthers(target) {
  for (const menu of document.querySelectorAll(OPEN)) {
    if (!(target instanceof Node && menu.contains(target))) menu.removeAttribute("open");
  }
}

document.addEventListener("pointerdown", (event) => closeOthers(event.target));
document.addEventListener("focusin", (event) => closeOthers(event.target));
document.addEventListener("keydown", (event) => {
  const menu = document.querySelector(OPEN);
  if (event.key !== "Escape" || !menu) return;
  menu.removeAttribute("open");
  menu.querySelector("summary")?.focus();
});
