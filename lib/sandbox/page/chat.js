/** The chat page: joins the line to the server with what is on screen. */

import { Attachments } from "./attachments.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { Header } from "./header.js";
import { InlineButtons } from "./inline-buttons.js";
import { MessageList } from "./message-list.js";
import { MessageMenu } from "./message-menu.js";
import { Notices } from "./notices.js";
import { ReplyKeyboard } from "./reply-keyboard.js";
import { Subject } from "./subject.js";
import { Viewer } from "./viewer.js";

const DEFAULT_USER = 1001;

const byId = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const wanted = Number(query.get("user"));
const user = Number.isSafeInteger(wanted) && wanted > 0 ? wanted : DEFAULT_USER;
const wantedChat = Number(query.get("chat"));
const chat = Number.isSafeInteger(wantedChat) && wantedChat < 0 ? wantedChat : null;
const isGroup = chat !== null;

const connection = new Connection(user, chat);
const notices = new Notices({
  toast: byId("toast"),
  alert: byId("alert"),
  alertText: byId("alert-text"),
  question: byId("question"),
  questionText: byId("question-text"),
});
const header = new Header(
  {
    avatar: byId("bot-avatar"),
    name: byId("bot-name"),
    status: byId("status"),
    person: byId("person"),
    personName: byId("person-name"),
    people: byId("people"),
    peopleList: byId("people-list"),
    chatList: byId("chat-list"),
    newGroup: byId("new-group"),
  },
  { user, chat, makeGroup: () => byId("group-dialog").showModal() },
);
const list = byId("messages");
const messages = new MessageList(
  { list, scroller: byId("scroller"), toBottom: byId("to-bottom"), unread: byId("unread") },
  { me: user, isGroup },
);
const buttons = new InlineButtons(list, connection, notices);
const subject = new Subject(
  {
    bar: byId("subject"),
    title: byId("subject-title"),
    words: byId("subject-words"),
    cancel: byId("subject-cancel"),
  },
  { onCancel: () => composer.fill("") },
);
const composer = new Composer(
  {
    form: byId("composer"),
    text: byId("text"),
    sendButton: byId("send"),
    menu: byId("menu"),
    commands: byId("commands"),
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
  { panel: byId("keyboard"), toggle: byId("keyboard-toggle"), text: byId("text") },
  {
    sendText: (text) => void tell(connection.sendText(text)),
    sendContact: () => void tell(connection.sendContact()),
    sendLocation: () => void tell(connection.sendLocation()),
    confirm: (question) => notices.confirm(question),
    focus: () => composer.focus(),
  },
);
new MessageMenu(
  { list, menu: byId("message-menu") },
  {
    find: (id) => messages.find(id),
    canEdit: ({ from, text, caption, forward_origin: origin }) =>
      from.id === user && origin === undefined && (text ?? caption) !== undefined,
    react: (message, emoji) => void tell(connection.react(message.message_id, chosen(message, emoji))),
    reply(message) {
      subject.reply(message);
      byId("text").focus();
    },
    edit,
    copy: (text) => void buttons.copy(text),
  },
).listen();
new Viewer({
  list,
  dialog: byId("viewer"),
  stage: byId("viewer-stage"),
  caption: byId("viewer-caption"),
  before: byId("viewer-before"),
  after: byId("viewer-after"),
  close: byId("viewer-close"),
}).listen();
new Attachments(
  {
    clip: byId("clip"),
    menu: byId("attach-menu"),
    input: byId("files"),
    dialog: byId("upload"),
    form: byId("upload-form"),
    title: byId("upload-title"),
    list: byId("upload-list"),
    caption: byId("upload-caption"),
    asFiles: byId("as-files"),
    cancel: byId("upload-cancel"),
    send: byId("upload-send"),
    drop: byId("drop"),
  },
  {
    async send(files, caption) {
      await told(connection.sendFiles(files, { caption, replyTo: subject.replyTo }));
      subject.cancel();
    },
    sendLocation: () => void tell(connection.sendLocation()),
    sendContact: () => void tell(connection.sendContact()),
    sendSticker: () => void tell(connection.sendSticker()),
  },
).listen();

/** Sends what was typed: a new message, or the changed text of an old one. */
async function send(text) {
  const { editing, replyTo } = subject;
  await told(editing === null ? connection.sendText(text, replyTo) : connection.editText(editing, text));
  subject.cancel();
}

function edit(message) {
  subject.edit(message);
  composer.fill(message.text ?? message.caption);
}

/** The reaction that is set when one presses this emoji: pressing one's own takes it back. */
function chosen({ message_id: id }, emoji) {
  const row = list.querySelector(`.row[data-id="${id}"]`);
  const own = row?.querySelector('.reaction[aria-pressed="true"]');
  return own?.dataset.emoji === emoji ? null : emoji;
}

/** Waits for something a person does; when it fails, says so and fails too. */
async function told(done) {
  try {
    return await done;
  } catch (error) {
    notices.toast(error.message);
    throw error;
  }
}

/** The same for what nobody waits for. */
function tell(done) {
  return told(done).catch(() => {});
}

/** Makes a group and goes there. */
async function makeGroup(title) {
  const id = await tell(connection.createGroup(title));
  if (id !== undefined) location.assign(`/chat?user=${user}&chat=${id}`);
}

/** A private chat nobody has written in offers START, as Telegram does. */
function offerStart() {
  const isNew = messages.isEmpty && !isGroup;
  byId("welcome").hidden = !isNew;
  byId("start").hidden = !isNew;
  byId("composer").hidden = isNew;
}

const handlers = {
  snapshot(snapshot) {
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
  draft: ({ draft }) => messages.setDraft(draft),
  action: ({ action }) => header.act(action),
  keyboard: (event) => keyboard.set(event.keyboard),
  read: ({ messageId }) => messages.markRead(messageId),
  reactions: ({ messageId, reactions }) => messages.setReactions(messageId, reactions),
  commands: ({ commands }) => composer.setCommands(commands),
  groups: ({ groups }) => header.setGroups(groups),
  "callback-answer": ({ answer }) => buttons.answer(answer),
};

byId("start").addEventListener("click", () => {
  void tell(connection.sendText("/start")).then(() => composer.focus());
});
byId("group-form").addEventListener("submit", (event) => {
  event.preventDefault();
  void makeGroup(byId("group-title").value);
});
byId("group-cancel").addEventListener("click", () => byId("group-dialog").close());
list.addEventListener("click", ({ target }) => {
  const command = target.closest(".command-link")?.dataset.command;
  if (command) void tell(connection.sendText(command));
  const quoted = target.closest(".quote")?.dataset.target;
  if (quoted) messages.reveal(Number(quoted));
});
connection.open({
  onEvent: (event) => handlers[event.type]?.(event),
  onLost: () => header.disconnected(),
});
composer.focus();
