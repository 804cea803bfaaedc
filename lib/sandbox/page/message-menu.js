/** What can be done with a message: react, answer, change, copy. */

import { wordsOf } from "./bubbles.js";
import { button, element } from "./dom.js";
import { Menu } from "./menus.js";

const REACTIONS = ["👍", "❤", "🙏", "🤔", "🎉", "😢", "👎"];

export class MessageMenu {
  #menu;

  /**
   * @param {{ find: (id: number) => object, canEdit: (message: object) => boolean,
   *   react: (message: object, emoji: string) => void, reply: (message: object) => void,
   *   edit: (message: object) => void, copy: (text: string) => void }} actions
   */
  constructor({ list, menu }, actions) {
    this.#menu = new Menu(menu);
    this.list = list;
    this.menu = menu;
    this.actions = actions;
  }

  /** Begins to open where it is asked for. */
  listen() {
    const { list, actions } = this;
    list.addEventListener("click", ({ target }) => {
      const opener = target.closest(".more");
      if (opener && this.#menu.isOpen) this.#menu.close();
      else if (opener) this.#open(opener);
      const chip = target.closest(".reaction");
      const message = chip && this.#messageOf(chip);
      if (message) actions.react(message, chip.dataset.emoji);
    });
    list.addEventListener("contextmenu", (event) => {
      const opener = event.target.closest(".row")?.querySelector(".more");
      // A link or a picture has a menu of its own that may be wanted.
      if (!opener || event.target.closest("a, video") || String(getSelection())) return;
      event.preventDefault();
      this.#open(opener, [event.clientX, event.clientY]);
    });
  }

  #open(opener, point) {
    const message = this.#messageOf(opener);
    if (!message) return;
    const { actions } = this;
    const words = message.text ?? message.caption;
    const row = element("div", "menu-reactions");
    row.append(
      ...REACTIONS.map((emoji) =>
        this.#item(emoji, () => actions.react(message, emoji), `React with ${emoji}`),
      ),
    );
    const items = [this.#item("Reply", () => actions.reply(message))];
    if (actions.canEdit(message)) items.push(this.#item("Edit", () => actions.edit(message)));
    if (words) items.push(this.#item("Copy text", () => actions.copy(words)));
    this.menu.setAttribute("aria-label", `Message: ${wordsOf(message).slice(0, 60)}`);
    this.menu.replaceChildren(row, ...items);
    this.#menu.open(opener, point);
  }

  #item(text, act, label = "") {
    const node = button("menu-item", label, text);
    node.setAttribute("role", "menuitem");
    node.addEventListener("click", () => {
      this.#menu.close(true);
      act();
    });
    return node;
  }

  #messageOf(node) {
    return this.actions.find(Number(node.closest(".row")?.dataset.id));
  }
}
