/** Menus that open at a button: with the keyboard as with the mouse, one at a time. */

/** Opens and closes a menu of buttons. Escape, a press elsewhere and a choice close it. */
export class Menu {
  #opener = null;

  constructor(menu) {
    this.menu = menu;
    document.addEventListener("pointerdown", ({ target }) => {
      if (!menu.hidden && !menu.contains(target) && !this.#opener?.contains(target)) this.close();
    });
    menu.addEventListener("keydown", (event) => this.#onKey(event));
  }

  get isOpen() {
    return !this.menu.hidden;
  }

  /** Opens beside a button, or at a point, where there is room. */
  open(opener, point = null) {
    const { menu } = this;
    this.#opener = opener;
    menu.hidden = false;
    opener?.setAttribute("aria-expanded", "true");
    const { width, height } = menu.getBoundingClientRect();
    const at = opener?.getBoundingClientRect() ?? { left: 0, top: 0, bottom: 0 };
    const [x, y] = point ?? [at.left, at.bottom + 4];
    const above = (point ? y : at.top - 4) - height;
    const top = y + height > innerHeight - 8 ? Math.max(8, above) : y;
    menu.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
    menu.style.top = `${top}px`;
    menu.querySelector("button:not([hidden])")?.focus({ preventScroll: true });
  }

  close(returnFocus = false) {
    if (this.menu.hidden) return;
    this.menu.hidden = true;
    this.#opener?.setAttribute("aria-expanded", "false");
    if (returnFocus) this.#opener?.focus({ preventScroll: true });
    this.#opener = null;
  }

  #onKey(event) {
    const items = [...this.menu.querySelectorAll("button:not([hidden])")];
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") {
      event.stopPropagation();
      this.close(true);
    } else if (event.key === "Tab") {
      this.close();
    } else if (step) {
      event.preventDefault();
      const index = items.indexOf(document.activeElement) + step;
      items.at(index % items.length)?.focus();
    }
  }
}
