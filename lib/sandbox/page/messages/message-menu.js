/** The menu of a message: react, reply, edit, copy. */

import { button, closest, element } from "../dom.js";
import { Menu } from "../menus.js";
import { wordsOf } from "./bubbles.js";

/** @import { WireMessage } from "../../chats/wire.ts" */

const REACTIONS = ["👍", "❤", "🙏", "🤔", "🎉", "😢", "👎"];

/**
 * @typedef {object} MessageActions
 * @property {(id: number) => WireMessage | undefined} find
 * @property {(message: WireMessage) => boolean} canEdit
 * @property {(message: WireMessage, emoji: string) => void} react
 * @property {(message: WireMessage) => void} reply
 * @property {(message: WireMessage) => void} edit
 * @property {(text: string) => void} copy
 */

export class MessageMenu {
  #menu;

  /**
   * @param {{ list: HTMLElement, menu: HTMLElement }} parts
   * @param {MessageActions} actions
   */
  constructor({ list, menu }, actions) {
    this.#menu = new Menu(menu);
    this.list = list;
    this.menu = menu;
    this.actions = actions;
  }

  /** Starts to open at a press on a message's button, and at a right click on a message. */
  listen() {
    const { list, actions } = this;
    list.addEventListener("click", (event) => {
      const opener = closest(event, ".more");
      if (opener && this.#menu.isOpen) this.#menu.close();
      else if (opener) this.#open(opener);
      const chip = closest(event, ".reaction");
      const message = chip && this.#messageOf(chip);
      if (message) actions.react(message, chip.dataset.emoji ?? "");
    });
    list.addEventListener("contextmenu", (event) => {
      const opener = closest(event, ".row")?.querySelector(".more");
      // A link, a video and a selection keep the browser's own menu.
      if (!(opener instanceof HTMLElement) || closest(event, "a, video") || String(getSelection())) return;
      event.preventDefault();
      this.#open(opener, [event.clientX, event.clientY]);
    });
  }

  /**
   * @param {HTMLElement} opener
   * @param {[x: number, y: number]} [point]
   */
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

  /**
   * @param {string} text
   * @param {() => void} act
   */
  #item(text, act, label = "") {
    const node = button("menu-item", label, text);
    node.setAttribute("role", "menuitem");
    node.addEventListener("click", () => {
      this.#menu.close(true);
      act();
    });
    return node;
  }

  /** @param {HTMLElement} node */
  #messageOf(node) {
    const row = node.closest(".row");
    return row instanceof HTMLElement ? this.actions.find(Number(row.dataset.id)) : undefined;
  }
}
