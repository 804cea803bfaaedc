/** The page's connection to the server: the event stream, and what a person can do. */

/** @import { PageEvent } from "../chat-page/event-stream.ts" */
/** @import { FileKind } from "../files/files.ts" */

const RETRY_MS = 1000;

export class Connection {
  /** @type {{ user: number, chat?: number }} */
  #where;

  /**
   * @param {number} user
   * @param {number | null} chat a group's id; null for the private chat with the bot.
   */
  constructor(user, chat) {
    this.#where = chat === null ? { user } : { user, chat };
  }

  /**
   * Keeps the event stream open. The browser reconnects after a broken connection, this method after a refusal.
   * @param {{ onEvent: (event: PageEvent) => void, onLost: () => void }} handlers
   */
  open({ onEvent, onLost }) {
    const query = new URLSearchParams(Object.entries(this.#where).map(([name, id]) => [name, String(id)]));
    const source = new EventSource(`/chat/events?${query}`);
    source.addEventListener("message", ({ data }) => onEvent(JSON.parse(data)));
    source.addEventListener("error", () => {
      onLost();
      if (source.readyState === EventSource.CLOSED)
        setTimeout(() => this.open({ onEvent, onLost }), RETRY_MS);
    });
  }

  /**
   * Like all methods below, rejects with an error to show to the person when the server did not accept it.
   * @param {string} text
   * @param {number} [replyTo] the message it replies to.
   */
  sendText(text, replyTo) {
    return this.#post("/chat/messages", { text, replyTo });
  }

  /**
   * @param {number} messageId
   * @param {string} text
   */
  editText(messageId, text) {
    return this.#post("/chat/edits", { messageId, text });
  }

  /**
   * @param {number} messageId
   * @param {string | null} emoji null removes the reaction.
   */
  react(messageId, emoji) {
    return this.#post("/chat/reactions", { messageId, emoji });
  }

  /**
   * Presses an inline button.
   * @param {number} messageId
   * @param {string} data
   * @returns {Promise<string>} the id of the callback query, which the bot's answer names.
   */
  async press(messageId, data) {
    const { callbackQueryId } = await this.#post("/chat/presses", { messageId, data });
    return callbackQueryId;
  }

  sendLocation() {
    return this.#post("/chat/locations", {});
  }

  sendContact() {
    return this.#post("/chat/contacts", {});
  }

  sendSticker() {
    return this.#post("/chat/stickers", {});
  }

  /**
   * Creates a group with the bot in it.
   * @param {string} title
   * @returns {Promise<number>} its id.
   */
  async createGroup(title) {
    const { chatId } = await this.#post("/chat/groups", { title });
    return chatId;
  }

  /**
   * Sends files as one message or one album.
   * @param {{ kind: FileKind, file: File }[]} files
   * @param {{ caption: string, replyTo?: number | undefined }} options
   */
  sendFiles(files, { caption, replyTo }) {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...this.#where, caption, replyTo }))
      if (value !== undefined && value !== "") form.append(name, String(value));
    // The fields come first, so that the server can stream the files.
    for (const { kind, file } of files) form.append(kind, file, file.name);
    return ask("/chat/files", { body: form });
  }

  /**
   * @param {string} url
   * @param {object} body
   */
  #post(url, body) {
    return ask(url, {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...this.#where, ...body }),
    });
  }
}

/**
 * @param {string} url
 * @param {RequestInit} init
 */
async function ask(url, init) {
  const response = await post(url, init);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? `Refused (${response.status})`);
  return answer;
}

/**
 * @param {string} url
 * @param {RequestInit} init
 */
async function post(url, init) {
  try {
    return await fetch(url, { method: "POST", ...init });
  } catch (cause) {
    throw new Error("Not sent: the bot's program is not running.", { cause });
  }
}
