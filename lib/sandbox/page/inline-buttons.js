/** Presses on the buttons under messages: they show that they work until the bot has answered. */

/** Telegram's app, too, gives up waiting for the bot's answer. */
const ANSWER_MS = 15_000;

export class InlineButtons {
  /** The id of a press to the button that waits for it. */
  #waiting = new Map();
  /** Answers can come before the press has told its id. */
  #early = new Set();

  constructor(list, connection, notices) {
    this.connection = connection;
    this.notices = notices;
    list.addEventListener("click", ({ target }) => {
      const button = target.closest(".inline-button");
      if (button?.dataset.copy !== undefined) void this.copy(button.dataset.copy);
      else if (button?.dataset.data !== undefined) void this.#press(button);
    });
  }

  /** Shows the bot's answer to a press. */
  answer({ callbackQueryId, text, showAlert }) {
    const button = this.#waiting.get(callbackQueryId);
    if (button) this.#settle(callbackQueryId);
    else this.#early.add(callbackQueryId);
    if (text && showAlert) this.notices.alert(text);
    else if (text) this.notices.toast(text);
  }

  async #press(button) {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    try {
      const messageId = Number(button.closest(".row").dataset.id);
      const id = await this.connection.press(messageId, button.dataset.data);
      if (this.#early.delete(id)) button.removeAttribute("aria-busy");
      else this.#wait(id, button);
    } catch (error) {
      button.removeAttribute("aria-busy");
      this.notices.toast(error.message);
    }
  }

  #wait(id, button) {
    this.#waiting.set(id, button);
    setTimeout(() => this.#settle(id), ANSWER_MS);
  }

  #settle(id) {
    this.#waiting.get(id)?.removeAttribute("aria-busy");
    this.#waiting.delete(id);
  }

  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.notices.toast("Copied");
    } catch {
      this.notices.toast("The browser lets no page copy here.");
    }
  }
}
