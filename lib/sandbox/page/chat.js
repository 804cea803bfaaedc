/** The chat page: joins the line to the server with what is on screen. */

import { Composer } from "./composer.js";
import { connect, sendText } from "./connection.js";
import { Header } from "./header.js";
import { InlineButtons } from "./inline-buttons.js";
import { MessageList } from "./message-list.js";
import { Notices } from "./notices.js";

const DEFAULT_USER = 1001;

const byId = (id) => document.getElementById(id);
const wanted = Number(new URLSearchParams(location.search).get("user"));
const user = Number.isSafeInteger(wanted) && wanted > 0 ? wanted : DEFAULT_USER;

const notices = new Notices({ toast: byId("toast"), alert: byId("alert"), alertText: byId("alert-text") });
const header = new Header({
  avatar: byId("bot-avatar"),
  name: byId("bot-name"),
  status: byId("status"),
  person: byId("person"),
  personName: byId("person-name"),
  people: byId("people"),
});
const messages = new MessageList({
  list: byId("messages"),
  scroller: byId("scroller"),
  toBottom: byId("to-bottom"),
  unread: byId("unread"),
});
const buttons = new InlineButtons(byId("messages"), user, notices);
const composer = new Composer(
  {
    form: byId("composer"),
    text: byId("text"),
    sendButton: byId("send"),
    menu: byId("menu"),
    commands: byId("commands"),
    keyboard: byId("keyboard"),
    toggle: byId("keyboard-toggle"),
  },
  { send },
);

async function send(text) {
  try {
    await sendText(user, text);
  } catch (error) {
    notices.toast(error.message);
    throw error;
  }
}

/** A chat nobody has written in offers START, as Telegram does. */
function offerStart() {
  byId("welcome").hidden = !messages.isEmpty;
  byId("start").hidden = !messages.isEmpty;
  byId("composer").hidden = messages.isEmpty;
}

const handlers = {
  snapshot({ bot, person, people, chat, commands }) {
    header.introduce(bot, person, people);
    messages.reset(chat?.messages ?? [], chat?.readUpTo ?? 0);
    composer.setCommands(commands);
    composer.setKeyboard(chat?.keyboard ?? null);
    if (chat?.draft) messages.setDraft(chat.draft);
    else messages.dropDraft();
    if (chat?.action) header.act(chat.action);
    offerStart();
  },
  message({ message }) {
    messages.add(message);
    if (message.from.is_bot) header.idle();
    offerStart();
  },
  edited: ({ message }) => messages.edit(message),
  deleted({ messageId }) {
    messages.remove(messageId);
    offerStart();
  },
  draft({ draft }) {
    messages.setDraft(draft);
  },
  action: ({ action }) => header.act(action),
  keyboard: ({ keyboard }) => composer.setKeyboard(keyboard),
  read: ({ messageId }) => messages.markRead(messageId),
  commands: ({ commands }) => composer.setCommands(commands),
  "callback-answer": ({ answer }) => buttons.answer(answer),
};

byId("start").addEventListener("click", () => {
  void send("/start").then(
    () => composer.focus(),
    () => {},
  );
});
byId("messages").addEventListener("click", ({ target }) => {
  const command = target.closest(".command-link")?.dataset.command;
  if (command) void send(command).catch(() => {});
});
connect(user, {
  onEvent: (event) => handlers[event.type]?.(event),
  onLost: () => header.disconnected(),
});
composer.focus();
