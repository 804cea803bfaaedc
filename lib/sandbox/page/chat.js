/** The chat page: connects the event stream from the server with what is on screen. */

import { Connection } from "./connection.js";
import { byId, closest } from "./dom.js";
import { Header } from "./header.js";
import { InlineButtons } from "./messages/inline-buttons.js";
import { MessageList } from "./messages/message-list.js";
import { MessageMenu } from "./messages/message-menu.js";
import { Viewer } from "./messages/viewer.js";
import { followModel } from "./model-switch.js";
import { Notices } from "./notices.js";
import { Attachments } from "./writing/attachments.js";
import { Composer } from "./writing/composer.js";
import { ReplyKeyboard } from "./writing/reply-keyboard.js";
import { Subject } from "./writing/subject.js";

/** @import { PageEvent, PageSnapshot } from "../chat-page/event-stream.ts" */
/** @import { WireMessage } from "../chats/wire.ts" */

const DEFAULT_USER = 1001;

const query = new URLSearchParams(location.search);
const givenUser = Number(query.get("user"));
const user = Number.isSafeInteger(givenUser) && givenUser > 0 ? givenUser : DEFAULT_USER;
const givenChat = Number(query.get("chat"));
/** The group the page shows; null for the private chat with the bot. */
const chat = Number.isSafeInteger(givenChat) && givenChat < 0 ? givenChat : null;
const isGroup = chat !== null;

/** @param {string} id */
const box = (id) => byId(id, HTMLElement);
/** @param {string} id */
const dialog = (id) => byId(id, HTMLDialogElement);

const connection = new Connection(user, chat);
const notices = new Notices({
  toast: box("toast"),
  alert: dialog("alert"),
  alertText: box("alert-text"),
  question: dialog("question"),
  questionText: box("question-text"),
});
const header = new Header(
  {
    avatar: box("bot-avatar"),
    name: box("bot-name"),
    status: box("status"),
    switcher: box("switcher"),
    person: box("person"),
    personName: box("person-name"),
    people: box("people"),
    peopleList: box("people-list"),
    chatList: box("chat-list"),
    newGroup: box("new-group"),
  },
  { user, chat, createGroup: () => dialog("group-dialog").showModal() },
);
const modelMode = box("model-mode");
if (modelMode instanceof HTMLSelectElement) void followModel(box("model"), modelMode);
const list = box("messages");
const messages = new MessageList(
  { list, scroller: box("scroller"), toBottom: box("to-bottom"), unread: box("unread") },
  { me: user, isGroup },
);
const buttons = new InlineButtons(list, connection, notices);
const subject = new Subject(
  {
    bar: box("subject"),
    title: box("subject-title"),
    words: box("subject-words"),
    cancel: box("subject-cancel"),
  },
  { onCancel: () => composer.fill("") },
);
const composer = new Composer(
  {
    form: byId("composer", HTMLFormElement),
    text: byId("text", HTMLTextAreaElement),
    sendButton: byId("send", HTMLButtonElement),
    menu: box("menu"),
    commands: box("commands"),
  },
  {
    send,
    editNewest() {
      const newest = messages.newestOwn();
      if (newest) edit(newest);
    },
    cancel() {
      if (subject.cancel()) composer.fill("");
    },
  },
);
const keyboard = new ReplyKeyboard(
  { panel: box("keyboard"), toggle: box("keyboard-toggle"), text: byId("text", HTMLTextAreaElement) },
  {
    sendText: (text) => void tell(connection.sendText(text)),
    sendContact: () => void tell(connection.sendContact()),
    sendLocation: () => void tell(connection.sendLocation()),
    confirm: (question) => notices.confirm(question),
    focus: () => composer.focus(),
  },
);
new MessageMenu(
  { list, menu: box("message-menu") },
  {
    find: (id) => messages.find(id),
    canEdit: ({ from, text, caption, forward_origin: origin }) =>
      from.id === user && origin === undefined && (text ?? caption) !== undefined,
    react: (message, emoji) => void tell(connection.react(message.message_id, chosen(message, emoji))),
    reply(message) {
      subject.reply(message);
      byId("text", HTMLTextAreaElement).focus();
    },
    edit,
    copy: (text) => void buttons.copy(text),
  },
).listen();
new Viewer({
  list,
  dialog: dialog("viewer"),
  stage: box("viewer-stage"),
  caption: box("viewer-caption"),
  before: box("viewer-before"),
  after: box("viewer-after"),
  close: box("viewer-close"),
}).listen();
new Attachments(
  {
    clip: box("clip"),
    menu: box("attach-menu"),
    input: byId("files", HTMLInputElement),
    dialog: dialog("upload"),
    form: byId("upload-form", HTMLFormElement),
    title: box("upload-title"),
    list: box("upload-list"),
    caption: byId("upload-caption", HTMLInputElement),
    asFiles: byId("as-files", HTMLInputElement),
    asFilesLabel: box("as-files-label"),
    cancel: box("upload-cancel"),
    send: byId("upload-send", HTMLButtonElement),
    drop: box("drop"),
  },
  {
    async send(files, caption) {
      await reported(connection.sendFiles(files, { caption, replyTo: subject.replyTo }));
      subject.cancel();
    },
    sendLocation: () => void tell(connection.sendLocation()),
    sendContact: () => void tell(connection.sendContact()),
    sendSticker: () => void tell(connection.sendSticker()),
  },
).listen();

/**
 * Sends the typed text: as a new message, or as the changed text of the message being edited.
 * @param {string} text
 */
async function send(text) {
  const { editing, replyTo } = subject;
  await reported(editing === null ? connection.sendText(text, replyTo) : connection.editText(editing, text));
  subject.cancel();
}

/** @param {WireMessage} message */
function edit(message) {
  subject.edit(message);
  composer.fill(message.text ?? message.caption ?? "");
}

/**
 * The reaction to set when the person presses this emoji: pressing their own removes it.
 * @param {WireMessage} message
 * @param {string} emoji
 */
function chosen({ message_id: id }, emoji) {
  const own = list.querySelector(`.row[data-id="${id}"] .reaction[aria-pressed="true"]`);
  return own instanceof HTMLElement && own.dataset.emoji === emoji ? null : emoji;
}

/**
 * Waits for an action of the person. When it fails, shows why and rejects.
 * @template T
 * @param {Promise<T>} action
 */
async function reported(action) {
  try {
    return await action;
  } catch (error) {
    notices.toast(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

/**
 * Like `reported`, but resolves with undefined when the action fails.
 * @template T
 * @param {Promise<T>} action
 */
function tell(action) {
  return reported(action).catch(() => undefined);
}

/**
 * Creates a group and opens it.
 * @param {string} title
 */
async function createGroup(title) {
  const id = await tell(connection.createGroup(title));
  if (id !== undefined) location.assign(`/chat?user=${user}&chat=${id}`);
}

/** Shows START in a private chat without messages, as Telegram does. */
function offerStart() {
  const isNew = messages.isEmpty && !isGroup;
  box("welcome").hidden = !isNew;
  box("start").hidden = !isNew;
  box("composer").hidden = isNew;
}

/** @param {PageSnapshot} snapshot */
function show(snapshot) {
  const { chat: view, commands, groups } = snapshot;
  header.introduce(snapshot);
  messages.reset(view?.messages ?? [], view?.readUpTo ?? 0, view?.reactions ?? {});
  composer.setCommands(commands);
  keyboard.set(view?.keyboard ?? null);
  if (view?.draft) messages.setDraft(view.draft);
  else messages.dropDraft();
  if (view?.action) header.act(view.action);
  if (isGroup && !groups.some(({ id }) => id === chat)) notices.toast("There is no such group here.");
  offerStart();
}

/** @param {PageEvent} event */
function onEvent(event) {
  switch (event.type) {
    case "snapshot":
      return show(event);
    case "message":
      messages.add(event.message);
      if (event.message.from.is_bot) header.idle();
      return offerStart();
    case "edited":
      return messages.edit(event.message);
    case "deleted":
      messages.remove(event.messageId);
      return offerStart();
    case "draft":
      return messages.setDraft(event.draft);
    case "action":
      return header.act(event.action);
    case "keyboard":
      return keyboard.set(event.keyboard);
    case "read":
      return messages.markRead(event.messageId);
    case "reactions":
      return messages.setReactions(event.messageId, event.reactions);
    case "commands":
      return composer.setCommands(event.commands);
    case "groups":
      return header.setGroups(event.groups);
    case "callback-answer":
      return buttons.answer(event.answer);
  }
}

box("start").addEventListener("click", () => {
  void tell(connection.sendText("/start")).then(() => composer.focus());
});
box("group-form").addEventListener("submit", (event) => {
  event.preventDefault();
  void createGroup(byId("group-title", HTMLInputElement).value);
});
box("group-cancel").addEventListener("click", () => dialog("group-dialog").close());
list.addEventListener("click", (event) => {
  const command = closest(event, ".command-link")?.dataset.command;
  if (command) void tell(connection.sendText(command));
  const quoted = closest(event, ".quote")?.dataset.target;
  if (quoted) messages.reveal(Number(quoted));
});
connection.open({ onEvent, onLost: () => header.disconnected() });
composer.focus();
