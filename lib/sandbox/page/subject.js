/** The bar over the text field: which message is being answered or changed. */

import { wordsOf } from "./bubbles.js";

export class Subject {
  #kind = null;
  #message = null;

  constructor({ bar, title, words, cancel }, { onCancel }) {
    this.parts = { bar, title, words };
    this.onCancel = onCancel;
    cancel.addEventListener("click", () => {
      this.cancel();
      onCancel();
    });
  }

  get isSet() {
    return this.#kind !== null;
  }

  /** The id of the message being changed; null when none is. */
  get editing() {
    return this.#kind === "edit" ? this.#message.message_id : null;
  }

  /** The id of the message being answered; undefined when none is. */
  get replyTo() {
    return this.#kind === "reply" ? this.#message.message_id : undefined;
  }

  reply(message) {
    this.#set("reply", message, `Reply to ${message.from.first_name}`);
  }

  edit(message) {
    this.#set("edit", message, "Edit message");
  }

  /** Gives up what was begun; says whether it was a change of a message, whose text then stands in the field. */
  cancel() {
    const wasEditing = this.#kind === "edit";
    this.#kind = null;
    this.#message = null;
    this.parts.bar.hidden = true;
    return wasEditing;
  }

  #set(kind, message, title) {
    const { bar, title: head, words } = this.parts;
    this.#kind = kind;
    this.#message = message;
    bar.dataset.kind = kind;
    bar.hidden = false;
    head.textContent = title;
    words.textContent = wordsOf(message);
  }
}
