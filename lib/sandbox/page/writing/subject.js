/** The bar above the text field that names the message being replied to or edited. */

import { wordsOf } from "../messages/bubbles.js";

/** @import { WireMessage } from "../../chats/wire.ts" */

export class Subject {
  /** @type {{ kind: "reply" | "edit", message: WireMessage } | null} */
  #current = null;

  /**
   * @param {Record<"bar" | "title" | "words" | "cancel", HTMLElement>} parts
   * @param {{ onCancel: () => void }} actions
   */
  constructor(parts, { onCancel }) {
    this.parts = parts;
    parts.cancel.addEventListener("click", () => {
      this.cancel();
      onCancel();
    });
  }

  /** The id of the message being edited; null when none is. */
  get editing() {
    return this.#current?.kind === "edit" ? this.#current.message.message_id : null;
  }

  /** The id of the message being replied to; undefined when none is. */
  get replyTo() {
    return this.#current?.kind === "reply" ? this.#current.message.message_id : undefined;
  }

  /** @param {WireMessage} message */
  reply(message) {
    this.#set("reply", message, `Reply to ${message.from.first_name}`);
  }

  /** @param {WireMessage} message */
  edit(message) {
    this.#set("edit", message, "Edit message");
  }

  /** Ends the reply or edit. @returns whether it was an edit, whose text is then still in the field. */
  cancel() {
    const wasEditing = this.#current?.kind === "edit";
    this.#current = null;
    this.parts.bar.hidden = true;
    return wasEditing;
  }

  /**
   * @param {"reply" | "edit"} kind
   * @param {WireMessage} message
   * @param {string} heading
   */
  #set(kind, message, heading) {
    const { bar, title, words } = this.parts;
    this.#current = { kind, message };
    bar.dataset.kind = kind;
    bar.hidden = false;
    title.textContent = heading;
    words.textContent = wordsOf(message);
  }
}
