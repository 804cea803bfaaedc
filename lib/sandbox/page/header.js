/** The head of the page: which chat it is, what the bot is doing, and who you are. */

import { element } from "./dom.js";

/** How long Telegram shows a chat action. */
const ACTION_MS = 5000;
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

export class Header {
  #timer;
  #isConnected = false;
  #botName = "Bot";

  /** @param {{ user: number, chat: number | null, makeGroup: () => void }} here */
  constructor(parts, { user, chat, makeGroup }) {
    this.parts = parts;
    this.user = user;
    this.chat = chat;
    const { person, people, newGroup } = parts;
    person.addEventListener("click", () => this.#openPeople(people.hidden));
    newGroup.addEventListener("click", () => {
      this.#openPeople(false);
      makeGroup();
    });
    document.addEventListener("click", ({ target }) => {
      if (!person.parentElement.contains(target)) this.#openPeople(false);
    });
    person.parentElement.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape") return;
      this.#openPeople(false);
      person.focus();
    });
  }

  /** Shows the chat, the person and the others one may be. */
  introduce({ bot, person, people, groups, chat }) {
    const { avatar, name, personName, peopleList } = this.parts;
    const title = this.chat === null ? bot.first_name : (chat?.chat.title ?? "No such group");
    this.#isConnected = true;
    avatar.textContent = title.slice(0, 1).toUpperCase();
    name.textContent = title;
    personName.textContent = person.firstName ?? `Person ${person.userId}`;
    document.title = `${title} · ${personName.textContent}`;
    peopleList.replaceChildren(...people.map((other) => this.#personLink(other)));
    this.#botName = bot.first_name;
    this.setGroups(groups);
    this.idle();
  }

  /** Shows where one may chat: with the bot alone, or in a group. */
  setGroups(groups) {
    const links = [{ id: null, title: this.#botName }, ...groups].map(({ id, title }) => {
      const link = chatLink({ user: this.user, chat: id }, title, id === null ? "bot" : "group");
      if (id === this.chat) link.setAttribute("aria-current", "true");
      return link;
    });
    this.parts.chatList.replaceChildren(...links);
  }

  /** Shows what the bot is doing, for as long as Telegram would. */
  act({ action }) {
    this.#say(ACTIONS[action] ?? "busy", true);
    this.#timer = setTimeout(() => this.idle(), ACTION_MS);
  }

  /** Nothing is going on. */
  idle() {
    if (this.#isConnected) this.#say(this.chat === null ? "bot" : "group", false);
  }

  /** The line is broken and being mended. */
  disconnected() {
    this.#isConnected = false;
    this.#say("connecting…", false);
  }

  #say(text, isBusy) {
    const { status } = this.parts;
    clearTimeout(this.#timer);
    status.textContent = text;
    status.classList.toggle("busy", isBusy);
  }

  /** The same chat as somebody else. */
  #personLink({ userId, firstName, languageCode }) {
    const link = chatLink({ user: userId, chat: this.chat }, firstName, languageCode);
    if (userId === this.user) link.setAttribute("aria-current", "true");
    return link;
  }

  #openPeople(isOpen) {
    this.parts.people.hidden = !isOpen;
    this.parts.person.setAttribute("aria-expanded", String(isOpen));
  }
}

/** A link to the page as somebody, somewhere. */
function chatLink({ user, chat }, name, note) {
  const link = element("a");
  link.href = chat === null ? `/chat?user=${user}` : `/chat?user=${user}&chat=${chat}`;
  link.textContent = name;
  link.append(element("span", "", note));
  return link;
}
