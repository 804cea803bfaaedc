/** The bot's reply keyboard, shown below the text field. */

import { button, closest, element } from "../dom.js";

/** @import { KeyboardButton, ReplyKeyboard as Keyboard } from "../../chats/wire.ts" */

const SHARE_CONTACT = "Share your phone number? The bot will get a made-up one.";
const SHARE_LOCATION = "Share where you are? The bot will get a made-up place.";

/**
 * @typedef {object} KeyboardActions
 * @property {(text: string) => void} sendText
 * @property {() => void} sendContact
 * @property {() => void} sendLocation
 * @property {(question: string) => Promise<boolean>} confirm
 * @property {() => void} focus returns the focus to the text field.
 */

export class ReplyKeyboard {
  /** @type {Keyboard | null} */
  #keyboard = null;
  #isOpen = false;

  /**
   * @param {{ panel: HTMLElement, toggle: HTMLElement, text: HTMLTextAreaElement }} parts
   * @param {KeyboardActions} actions
   */
  constructor(parts, actions) {
    this.parts = parts;
    this.actions = actions;
    parts.panel.addEventListener("click", (event) => void this.#press(closest(event, "button")));
    parts.toggle.addEventListener("click", () => this.#show(!this.#isOpen));
  }

  /**
   * Shows the bot's keyboard, or removes it.
   * @param {Keyboard | null} keyboard
   */
  set(keyboard) {
    const { panel, toggle, text } = this.parts;
    this.#keyboard = keyboard;
    text.placeholder = keyboard?.input_field_placeholder ?? "Message";
    toggle.hidden = keyboard === null || keyboard.is_persistent === true;
    panel.replaceChildren(...(keyboard?.keyboard ?? []).map(rowOf));
    this.#show(keyboard !== null);
  }

  /** @param {HTMLElement | null} pressed */
  async #press(pressed) {
    if (!pressed) return;
    const { share } = pressed.dataset;
    if (share && !(await this.actions.confirm(share === "contact" ? SHARE_CONTACT : SHARE_LOCATION))) return;
    if (share === "contact") this.actions.sendContact();
    else if (share === "location") this.actions.sendLocation();
    else this.actions.sendText(pressed.textContent ?? "");
    if (this.#keyboard?.one_time_keyboard) this.#show(false);
    this.actions.focus();
  }

  /** @param {boolean} isOpen */
  #show(isOpen) {
    this.#isOpen = isOpen;
    const { panel, toggle } = this.parts;
    panel.hidden = !isOpen;
    toggle.setAttribute("aria-pressed", String(isOpen));
    toggle.setAttribute("aria-label", isOpen ? "Hide the buttons" : "Show the buttons");
  }
}

/** @param {KeyboardButton[]} buttons */
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
