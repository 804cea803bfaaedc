/** Menus of buttons, for the mouse and the keyboard. */

import { findAll, focused } from "./dom.js";

/** @type {Readonly<Record<string, number>>} */
const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
const ITEMS = "button:not([hidden])";

/** A menu that opens at a button or a point. Escape, Tab, a press elsewhere and a choice close it. */
export class Menu {
  /** @type {HTMLElement | null} */
  #opener = null;

  /** @param {HTMLElement} menu */
  constructor(menu) {
    this.menu = menu;
    document.addEventListener("pointerdown", ({ target }) => {
      if (menu.hidden || !(target instanceof Node)) return;
      if (!menu.contains(target) && !this.#opener?.contains(target)) this.close();
    });
    menu.addEventListener("keydown", (event) => this.#onKey(event));
  }

  get isOpen() {
    return !this.menu.hidden;
  }

  /**
   * Opens below the button, or at the point where one is given; above it where there is no room below.
   * @param {HTMLElement} opener
   * @param {[x: number, y: number] | null} point
   */
  open(opener, point = null) {
    const { menu } = this;
    this.#opener = opener;
    menu.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    const { width, height } = menu.getBoundingClientRect();
    const at = opener.getBoundingClientRect();
    const [x, y] = point ?? [at.left, at.bottom + 4];
    const above = (point ? y : at.top - 4) - height;
    const top = y + height > innerHeight - 8 ? Math.max(8, above) : y;
    menu.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
    menu.style.top = `${top}px`;
    findAll(menu, ITEMS)[0]?.focus({ preventScroll: true });
  }

  close(returnFocus = false) {
    if (this.menu.hidden) return;
    this.menu.hidden = true;
    this.#opener?.setAttribute("aria-expanded", "false");
    if (returnFocus) this.#opener?.focus({ preventScroll: true });
    this.#opener = null;
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const step = STEPS[event.key];
    if (event.key === "Escape") {
      event.stopPropagation();
      this.close(true);
    } else if (event.key === "Tab") {
      this.close();
    } else if (step) {
      event.preventDefault();
      const items = findAll(this.menu, ITEMS);
      const current = focused();
      const index = current ? items.indexOf(current) : -1;
      items.at((index + step) % items.length)?.focus();
    }
  }
}
