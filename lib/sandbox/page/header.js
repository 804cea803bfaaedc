/** The page's header: the chat, what the bot is doing, and which person the page belongs to. */

import { element } from "./dom.js";

/** @import { PageGroup, PageSnapshot } from "../chat-page/event-stream.ts" */
/** @import { ChatAction } from "../chats/chat-view.ts" */
/** @import { PagePerson } from "../chat-page/people.ts" */

/** How long Telegram shows a chat action. */
const ACTION_MS = 5000;
/** @type {Readonly<Record<string, string>>} */
const ACTIONS = {
  typing: "typing",
  upload_photo: "sending a photo",
  upload_video: "sending a video",
  upload_document: "sending a file",
  record_voice: "recording a voice message",
  upload_voice: "sending a voice message",
  record_video: "recording a video",
  record_video_note: "recording a video message",
  upload_video_note: "sending a video message",
  choose_sticker: "choosing a sticker",
  find_location: "looking for a place",
};

/**
 * @typedef {object} HeaderParts
 * @property {HTMLElement} avatar
 * @property {HTMLElement} name
 * @property {HTMLElement} status
 * @property {HTMLElement} switcher holds the button and the panel that switch person and chat.
 * @property {HTMLElement} person
 * @property {HTMLElement} personName
 * @property {HTMLElement} people
 * @property {HTMLElement} peopleList
 * @property {HTMLElement} chatList
 * @property {HTMLElement} newGroup
 */

export class Header {
  /** @type {number | undefined} */
  #timer;
  #isConnected = false;
  #botName = "Bot";

  /**
   * @param {HeaderParts} parts
   * @param {{ user: number, chat: number | null, createGroup: () => void }} options `chat` is a group's id, null for
   *   the private chat.
   */
  constructor(parts, { user, chat, createGroup }) {
    this.parts = parts;
    this.user = user;
    this.chat = chat;
    const { switcher, person, people, newGroup } = parts;
    person.addEventListener("click", () => this.#openPeople(people.hidden === true));
    newGroup.addEventListener("click", () => {
      this.#openPeople(false);
      createGroup();
    });
    document.addEventListener("click", ({ target }) => {
      if (!(target instanceof Node && switcher.contains(target))) this.#openPeople(false);
    });
    switcher.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape") return;
      this.#openPeople(false);
      person.focus();
    });
  }

  /**
   * Shows the chat, the person, and the other people and chats to switch to.
   * @param {PageSnapshot} snapshot
   */
  introduce({ bot, person, people, groups, chat }) {
    const { avatar, name, personName, peopleList } = this.parts;
    const title = this.chat === null ? bot.first_name : (chat?.chat.title ?? "No such group");
    this.#isConnected = true;
    avatar.textContent = title.slice(0, 1).toUpperCase();
    name.textContent = title;
    personName.textContent = person.firstName ?? `Person ${person.userId}`;
    document.title = `${title} · ${personName.textContent}`;
    const isOwnGroup = people.some(({ groupId }) => groupId !== null && groupId === this.chat);
    const shared = isOwnGroup ? null : this.chat;
    peopleList.replaceChildren(...people.map((other) => this.#personLink(other, other.groupId ?? shared)));
    this.#botName = bot.first_name;
    this.setGroups(groups);
    this.idle();
  }

  /**
   * Lists the chats to switch to: the private one, and the groups.
   * @param {PageGroup[]} groups
   */
  setGroups(groups) {
    const links = [
      this.#chatLink(null, this.#botName, "bot"),
      ...groups.map(({ id, title }) => this.#chatLink(id, title, "group")),
    ];
    this.parts.chatList.replaceChildren(...links);
  }

  /**
   * Shows what the bot is doing, for as long as Telegram does.
   * @param {ChatAction} action
   */
  act({ action }) {
    this.#say(ACTIONS[action] ?? "busy", true);
    this.#timer = window.setTimeout(() => this.idle(), ACTION_MS);
  }

  /** Shows that the bot is doing nothing. */
  idle() {
    if (this.#isConnected) this.#say(this.chat === null ? "bot" : "group", false);
  }

  /** Shows that the connection was lost and is being restored. */
  disconnected() {
    this.#isConnected = false;
    this.#say("connecting…", false);
  }

  /**
   * @param {string} text
   * @param {boolean} isBusy
   */
  #say(text, isBusy) {
    const { status } = this.parts;
    clearTimeout(this.#timer);
    status.textContent = text;
    status.classList.toggle("busy", isBusy);
  }

  /**
   * A link to a chat as another person.
   * @param {PagePerson} person
   * @param {number | null} chat
   */
  #personLink({ userId, firstName, note }, chat) {
    const link = pageLink({ user: userId, chat }, firstName, note);
    if (userId === this.user) link.setAttribute("aria-current", "true");
    return link;
  }

  /**
   * A link to another chat of the same person.
   * @param {number | null} chat
   * @param {string} title
   * @param {string} note
   */
  #chatLink(chat, title, note) {
    const link = pageLink({ user: this.user, chat }, title, note);
    if (chat === this.chat) link.setAttribute("aria-current", "true");
    return link;
  }

  /** @param {boolean} isOpen */
  #openPeople(isOpen) {
    this.parts.people.hidden = !isOpen;
    this.parts.person.setAttribute("aria-expanded", String(isOpen));
  }
}

/**
 * A link to the page of a person in a chat.
 * @param {{ user: number, chat: number | null }} target
 * @param {string} name
 * @param {string} note
 */
function pageLink({ user, chat }, name, note) {
  const link = element("a");
  link.href = chat === null ? `/chat?user=${user}` : `/chat?user=${user}&chat=${chat}`;
  link.textContent = name;
  link.append(element("span", "", note));
  return link;
}
