/** The bot's keyboard of ready answers, in the place of the one on the screen. */

import { button, element } from "./dom.js";

const SHARE = {
  contact: "Share your phone number? The bot will get a made-up one.",
  location: "Share where you are? The bot will get a made-up place.",
};

export class ReplyKeyboard {
  #keyboard = null;
  #isOpen = false;

  /**
   * @param {{ sendText: (text: string) => void, sendContact: () => void, sendLocation: () => void,
   *   confirm: (question: string) => Promise<boolean>, focus: () => void }} actions
   */
  constructor({ panel, toggle, text }, actions) {
    this.parts = { panel, toggle, text };
    this.actions = actions;
    panel.addEventListener("click", ({ target }) => void this.#press(target.closest("button")));
    toggle.addEventListener("click", () => this.#show(!this.#isOpen));
  }

  /** Shows the bot's keyboard, or takes it away. */
  set(keyboard) {
    const { panel, toggle, text } = this.parts;
    this.#keyboard = keyboard;
    text.placeholder = keyboard?.input_field_placeholder ?? "Message";
    toggle.hidden = keyboard === null || keyboard.is_persistent === true;
    panel.replaceChildren(...(keyboard?.keyboard ?? []).map(rowOf));
    this.#show(keyboard !== null);
  }

  async #press(pressed) {
    if (!pressed) return;
    const { share } = pressed.dataset;
    if (share && !(await this.actions.confirm(SHARE[share]))) return;
    if (share === "contact") this.actions.sendContact();
    else if (share === "location") this.actions.sendLocation();
    else this.actions.sendText(pressed.textContent);
    if (this.#keyboard?.one_time_keyboard) this.#show(false);
    this.actions.focus();
  }

  #show(isOpen) {
    this.#isOpen = isOpen;
    const { panel, toggle } = this.parts;
    panel.hidden = !isOpen;
    toggle.setAttribute("aria-pressed", String(isOpen));
    toggle.setAttribute("aria-label", isOpen ? "Hide the buttons" : "Show the buttons");
  }
}

function rowOf(buttons) {
  const row = element("div", "keyboard-row");
  row.append(
    ...buttons.map(({ text, request_contact: contact, request_location: location }) => {
      const node = button("", "", text);
      if (contact) node.dataset.share = "contact";
      if (location) node.dataset.share = "location";
      return node;
    }),
  );
  return row;
}
