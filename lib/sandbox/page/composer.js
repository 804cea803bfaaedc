/** Where a person writes: the text field and the command menu. */

import { element } from "./dom.js";

const MAX_HEIGHT = 200;

export class Composer {
  #commands = [];
  #offered = [];
  #selected = -1;

  /**
   * @param {{ send: (text: string) => Promise<void>, editNewest: () => void, cancel: () => void }} actions `send`
   *   rejects when the text did not arrive; `cancel` gives up an answer or change that was begun.
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
    // Pressing these leaves the focus, and with it the open menu, with the text.
    for (const part of [menu, commands])
      part.addEventListener("mousedown", (event) => event.preventDefault());
    menu.addEventListener("click", () => this.#toggleMenu());
    commands.addEventListener("click", ({ target }) =>
      this.#choose(target.closest(".command")?.dataset.command),
    );
    this.#onInput();
  }

  setCommands(commands) {
    this.#commands = commands;
    this.parts.menu.hidden = commands.length === 0;
  }

  /** Puts a text into the field, and the cursor behind it. */
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
      this.#choose(this.#offered[Math.max(this.#selected, 0)].command);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (isOpen && this.#selected >= 0) this.#choose(this.#offered[this.#selected].command);
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

  #offer(commands) {
    this.#offered = commands;
    this.#selected = -1;
    const { commands: list, menu, text } = this.parts;
    list.replaceChildren(...commands.map(commandItem));
    list.hidden = commands.length === 0;
    menu.setAttribute("aria-expanded", String(commands.length > 0));
    text.removeAttribute("aria-activedescendant");
  }

  #select(index) {
    const items = [...this.parts.commands.children];
    this.#selected = (index + items.length) % items.length;
    for (const [at, item] of items.entries())
      item.setAttribute("aria-selected", String(at === this.#selected));
    items[this.#selected].scrollIntoView({ block: "nearest" });
    this.parts.text.setAttribute("aria-activedescendant", items[this.#selected].id);
  }

  #closeCommands() {
    if (this.#offered.length > 0) this.#offer([]);
  }

  #choose(command) {
    if (!command) return;
    this.parts.text.value = `/${command}`;
    this.#closeCommands();
    void this.#sendTyped();
    this.focus();
  }
}

function commandItem({ command, description }) {
  const item = element("div", "command");
  item.id = `command-${command}`;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.dataset.command = command;
  item.append(element("b", "", `/${command}`), element("span", "", description));
  return item;
}
