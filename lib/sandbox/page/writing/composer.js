/** The text field and the command menu. */

import { closest, element } from "../dom.js";

/** @import { WireCommand } from "../../chats/wire.ts" */

/** The tallest the text field grows, in pixels. */
const MAX_HEIGHT = 200;

/**
 * @typedef {object} ComposerParts
 * @property {HTMLFormElement} form
 * @property {HTMLTextAreaElement} text
 * @property {HTMLButtonElement} sendButton
 * @property {HTMLElement} menu
 * @property {HTMLElement} commands
 *
 * @typedef {object} ComposerActions
 * @property {(text: string) => Promise<void>} send rejects when the text was not sent.
 * @property {() => void} editNewest edits the person's newest message.
 * @property {() => void} cancel ends a reply or an edit that was begun.
 */

export class Composer {
  /** @type {WireCommand[]} */
  #commands = [];
  /** The commands the open menu shows; empty while it is closed. */
  /** @type {WireCommand[]} */
  #offered = [];
  #selected = -1;

  /**
   * @param {ComposerParts} parts
   * @param {ComposerActions} actions
   */
  constructor(parts, actions) {
    this.parts = parts;
    this.actions = actions;
    const { form, text, menu, commands } = parts;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#sendTyped();
    });
    text.addEventListener("input", () => this.#onInput());
    text.addEventListener("keydown", (event) => this.#onKey(event));
    text.addEventListener("blur", () => this.#closeCommands());
    // Pressing these must not take the focus from the text: that would close the menu.
    for (const part of [menu, commands])
      part.addEventListener("mousedown", (event) => event.preventDefault());
    menu.addEventListener("click", () => this.#toggleMenu());
    commands.addEventListener("click", (event) => this.#choose(closest(event, ".command")?.dataset.command));
    this.#onInput();
  }

  /** @param {WireCommand[]} commands */
  setCommands(commands) {
    this.#commands = commands;
    this.parts.menu.hidden = commands.length === 0;
  }

  /**
   * Puts a text into the field, with the cursor at its end.
   * @param {string} value
   */
  fill(value) {
    const { text } = this.parts;
    text.value = value;
    this.#onInput();
    text.focus();
  }

  focus() {
    // On a touch screen the on-screen keyboard would cover the chat.
    if (matchMedia("(hover: hover)").matches) this.parts.text.focus();
  }

  async #sendTyped() {
    const { text } = this.parts;
    const typed = text.value;
    if (typed.trim() === "") return;
    text.value = "";
    this.#onInput();
    try {
      await this.actions.send(typed);
    } catch {
      if (text.value === "") text.value = typed;
      this.#onInput();
    }
  }

  #onInput() {
    const { text, sendButton } = this.parts;
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight, MAX_HEIGHT)}px`;
    sendButton.disabled = text.value.trim() === "";
    const typed = /^\/\w*$/.exec(text.value)?.[0];
    if (typed === undefined) this.#closeCommands();
    else this.#offer(this.#commands.filter(({ command }) => `/${command}`.startsWith(typed)));
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.isComposing) return;
    const isOpen = this.#offered.length > 0;
    if (isOpen && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      this.#select(this.#selected + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "ArrowUp" && this.parts.text.value === "") {
      event.preventDefault();
      this.actions.editNewest();
    } else if (event.key === "Escape") {
      if (isOpen) this.#closeCommands();
      else this.actions.cancel();
    } else if (isOpen && event.key === "Tab" && !event.shiftKey) {
      event.preventDefault();
      this.#choose(this.#offered[Math.max(this.#selected, 0)]?.command);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (isOpen && this.#selected >= 0) this.#choose(this.#offered[this.#selected]?.command);
      else void this.#sendTyped();
    }
  }

  #toggleMenu() {
    if (this.#offered.length > 0) {
      this.#closeCommands();
      return;
    }
    this.#offer(this.#commands);
    this.parts.text.focus();
  }

  /** @param {WireCommand[]} commands */
  #offer(commands) {
    this.#offered = commands;
    this.#selected = -1;
    const { commands: list, menu, text } = this.parts;
    list.replaceChildren(...commands.map(commandItem));
    list.hidden = commands.length === 0;
    menu.setAttribute("aria-expanded", String(commands.length > 0));
    text.removeAttribute("aria-activedescendant");
  }

  /** @param {number} index counts on from the other end beyond either end. */
  #select(index) {
    const items = [...this.parts.commands.children];
    this.#selected = (index + items.length) % items.length;
    for (const [at, item] of items.entries()) {
      const isSelected = at === this.#selected;
      item.setAttribute("aria-selected", String(isSelected));
      if (!isSelected) continue;
      item.scrollIntoView({ block: "nearest" });
      this.parts.text.setAttribute("aria-activedescendant", item.id);
    }
  }

  #closeCommands() {
    if (this.#offered.length > 0) this.#offer([]);
  }

  /** @param {string | undefined} command */
  #choose(command) {
    if (!command) return;
    this.parts.text.value = `/${command}`;
    this.#closeCommands();
    void this.#sendTyped();
    this.focus();
  }
}

/** @param {WireCommand} command */
function commandItem({ command, description }) {
  const item = element("div", "command");
  item.id = `command-${command}`;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.dataset.command = command;
  item.append(element("b", "", `/${command}`), element("span", "", description));
  return item;
}
