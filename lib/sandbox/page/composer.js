/** Where a person writes: the text field, the command menu, and the keyboard of ready answers. */

const MAX_HEIGHT = 200;

export class Composer {
  #commands = [];
  #keyboard = null;
  #isKeyboardOpen = true;
  #offered = [];
  #selected = -1;

  /** @param {{ send: (text: string) => Promise<void> }} actions `send` rejects when the text did not arrive. */
  constructor(parts, { send }) {
    this.parts = parts;
    this.send = send;
    const { form, text, menu, commands, keyboard, toggle } = parts;
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
    keyboard.addEventListener("click", ({ target }) => this.#press(target.closest("button")));
    toggle.addEventListener("click", () => this.#showKeyboard(!this.#isKeyboardOpen));
    this.#onInput();
  }

  setCommands(commands) {
    this.#commands = commands;
    this.parts.menu.hidden = commands.length === 0;
  }

  /** Shows the bot's keyboard, or takes it away. */
  setKeyboard(keyboard) {
    this.#keyboard = keyboard;
    const { keyboard: panel, toggle, text } = this.parts;
    text.placeholder = keyboard?.input_field_placeholder ?? "Message";
    toggle.hidden = keyboard === null;
    panel.replaceChildren(...(keyboard?.keyboard ?? []).map(keyboardRow));
    this.#showKeyboard(keyboard !== null);
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
      await this.send(typed);
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
    } else if (isOpen && event.key === "Escape") {
      this.#closeCommands();
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

  #press(button) {
    if (!button) return;
    void this.send(button.textContent).catch(() => {});
    if (this.#keyboard?.one_time_keyboard) this.#showKeyboard(false);
    this.focus();
  }

  #showKeyboard(isOpen) {
    this.#isKeyboardOpen = isOpen;
    const { keyboard, toggle } = this.parts;
    keyboard.hidden = !isOpen;
    toggle.setAttribute("aria-pressed", String(isOpen));
    toggle.setAttribute("aria-label", isOpen ? "Hide the buttons" : "Show the buttons");
  }
}

function commandItem({ command, description }) {
  const item = document.createElement("div");
  const name = document.createElement("b");
  const what = document.createElement("span");
  item.id = `command-${command}`;
  item.className = "command";
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.dataset.command = command;
  name.textContent = `/${command}`;
  what.textContent = description;
  item.append(name, what);
  return item;
}

function keyboardRow(buttons) {
  const row = document.createElement("div");
  row.className = "keyboard-row";
  row.append(
    ...buttons.map(({ text }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      return button;
    }),
  );
  return row;
}
