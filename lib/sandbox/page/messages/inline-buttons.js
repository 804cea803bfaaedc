/** Presses on inline buttons. A pressed button shows as busy until the bot has answered. */

import { closest } from "../dom.js";

/** @import { CallbackAnswer } from "../../chats/events.ts" */
/** @import { Connection } from "../connection.js" */
/** @import { Notices } from "../notices.js" */

/** Telegram's apps stop waiting for the bot's answer as well. */
const ANSWER_TIMEOUT_MS = 15_000;

export class InlineButtons {
  /**
   * The buttons that wait for an answer, by callback query id.
   * @type {Map<string, HTMLElement>}
   */
  #waiting = new Map();
  /**
   * Answers that came before the response to the press, which names the id.
   * @type {Set<string>}
   */
  #early = new Set();

  /**
   * @param {HTMLElement} list
   * @param {Connection} connection
   * @param {Notices} notices
   */
  constructor(list, connection, notices) {
    this.connection = connection;
    this.notices = notices;
    list.addEventListener("click", (event) => {
      const button = closest(event, ".inline-button");
      const { copy, data } = button?.dataset ?? {};
      if (copy !== undefined) void this.copy(copy);
      else if (button && data !== undefined) void this.#press(button, data);
    });
  }

  /**
   * Shows the bot's answer to a press.
   * @param {CallbackAnswer} answer
   */
  answer({ callbackQueryId, text, showAlert }) {
    if (this.#waiting.has(callbackQueryId)) this.#settle(callbackQueryId);
    else this.#early.add(callbackQueryId);
    if (text && showAlert) this.notices.alert(text);
    else if (text) this.notices.toast(text);
  }

  /**
   * @param {HTMLElement} button
   * @param {string} data
   */
  async #press(button, data) {
    const row = button.closest(".row");
    if (button.getAttribute("aria-busy") === "true" || !(row instanceof HTMLElement)) return;
    button.setAttribute("aria-busy", "true");
    try {
      const id = await this.connection.press(Number(row.dataset.id), data);
      if (this.#early.delete(id)) button.removeAttribute("aria-busy");
      else this.#wait(id, button);
    } catch (error) {
      button.removeAttribute("aria-busy");
      this.notices.toast(error instanceof Error ? error.message : String(error));
    }
  }

  /**
   * @param {string} id
   * @param {HTMLElement} button
   */
  #wait(id, button) {
    this.#waiting.set(id, button);
    setTimeout(() => this.#settle(id), ANSWER_TIMEOUT_MS);
  }

  /** @param {string} id */
  #settle(id) {
    this.#waiting.get(id)?.removeAttribute("aria-busy");
    this.#waiting.delete(id);
  }

  /** @param {string} text */
  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.notices.toast("Copied");
    } catch {
      this.notices.toast("The browser lets no page copy here.");
    }
  }
}
