/** The head of the page: who the bot is, what it is doing, and who you are. */

/** How long Telegram shows a chat action. */
const ACTION_MS = 5000;
const ACTIONS = {
  typing: "typing",
  upload_photo: "sending a photo",
  upload_video: "sending a video",
  upload_document: "sending a file",
  record_voice: "recording a voice message",
  upload_voice: "sending a voice message",
};

export class Header {
  #timer;
  #isConnected = false;

  constructor({ avatar, name, status, person, personName, people }) {
    this.parts = { avatar, name, status, person, personName, people };
    person.addEventListener("click", () => this.#openPeople(people.hidden));
    document.addEventListener("click", ({ target }) => {
      if (!person.parentElement.contains(target)) this.#openPeople(false);
    });
    person.parentElement.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape") return;
      this.#openPeople(false);
      person.focus();
    });
  }

  /** Shows the bot, the person and the others one may be. */
  introduce(bot, person, people) {
    const { avatar, name, personName, people: list } = this.parts;
    this.#isConnected = true;
    avatar.textContent = bot.first_name.slice(0, 1).toUpperCase();
    name.textContent = bot.first_name;
    personName.textContent = person.firstName ?? `Person ${person.userId}`;
    document.title = `${bot.first_name} · ${personName.textContent}`;
    list.replaceChildren(...people.map((other) => personLink(other, person.userId)));
    this.idle();
  }

  /** Shows what the bot is doing, for as long as Telegram would. */
  act({ action }) {
    this.#say(ACTIONS[action] ?? "busy", true);
    this.#timer = setTimeout(() => this.idle(), ACTION_MS);
  }

  /** Nothing is going on. */
  idle() {
    if (this.#isConnected) this.#say("bot", false);
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

  #openPeople(isOpen) {
    this.parts.people.hidden = !isOpen;
    this.parts.person.setAttribute("aria-expanded", String(isOpen));
  }
}

function personLink({ userId, firstName, languageCode }, current) {
  const link = document.createElement("a");
  const language = document.createElement("span");
  link.href = `/chat?user=${userId}`;
  link.textContent = firstName;
  language.textContent = languageCode;
  link.append(language);
  if (userId === current) link.setAttribute("aria-current", "true");
  return link;
}
