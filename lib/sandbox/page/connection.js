/** The page's line to the server: an event stream that comes back by itself, and what a person can do. */

const RETRY_MS = 1000;

export class Connection {
  #where;

  /**
   * @param {number} user
   * @param {number | null} chat a group's id; null for the private chat with the bot.
   */
  constructor(user, chat) {
    this.#where = chat === null ? { user } : { user, chat };
  }

  /**
   * Keeps the event stream open. The browser reconnects after a broken line; after a refusal we do.
   * @param {{ onEvent: (event: object) => void, onLost: () => void }} handlers
   */
  open({ onEvent, onLost }) {
    const source = new EventSource(`/chat/events?${new URLSearchParams(this.#where)}`);
    source.addEventListener("message", ({ data }) => onEvent(JSON.parse(data)));
    source.addEventListener("error", () => {
      onLost();
      if (source.readyState === EventSource.CLOSED)
        setTimeout(() => this.open({ onEvent, onLost }), RETRY_MS);
    });
  }

  /** All of these throw an error with a sentence for the person when something did not arrive. */
  sendText(text, replyTo) {
    return this.#post("/chat/messages", { text, replyTo });
  }

  editText(messageId, text) {
    return this.#post("/chat/edits", { messageId, text });
  }

  /** @param {string | null} emoji null takes the reaction back. */
  react(messageId, emoji) {
    return this.#post("/chat/reactions", { messageId, emoji });
  }

  /** Presses an inline button and gives the id its answer will carry. */
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

  /** Makes a group and gives its id. */
  async createGroup(title) {
    const { chatId } = await this.#post("/chat/groups", { title });
    return chatId;
  }

  /** Sends files as one message or one album. @param {{ kind: string, file: File }[]} files */
  sendFiles(files, { caption, replyTo }) {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...this.#where, caption, replyTo }))
      if (value !== undefined && value !== "") form.append(name, String(value));
    // The fields stand first, so that the server can stream the files.
    for (const { kind, file } of files) form.append(kind, file, file.name);
    return ask("/chat/files", { body: form });
  }

  #post(url, body) {
    return ask(url, {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...this.#where, ...body }),
    });
  }
}

async function ask(url, init) {
  const response = await reach(url, init);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? `Refused (${response.status})`);
  return answer;
}

async function reach(url, init) {
  try {
    return await fetch(url, { method: "POST", ...init });
  } catch (cause) {
    throw new Error("Not sent: the bot's program is not running.", { cause });
  }
}
