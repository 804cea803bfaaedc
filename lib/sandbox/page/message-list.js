/** The messages on screen: in order, grouped by sender, with days between them, and scrolled as a chat scrolls. */

import { fillDraft, fillMessage, fillReactions, markRead } from "./bubbles.js";
import { dayKey, dayName } from "./dates.js";

/** Closer to the end than this, in pixels, counts as reading the newest. */
const NEAR_END = 60;
/** How long Telegram shows a draft that is not renewed. */
const DRAFT_MS = 30_000;

export class MessageList {
  /** A message's id, or its album's, to the row and the messages it shows, oldest first. */
  #shown = new Map();
  /** Message id to the key above. */
  #keys = new Map();
  /** Message id to the reactions to it. */
  #reactions = new Map();
  #draft = null;
  #readUpTo = 0;
  #unread = 0;
  #isAtEnd = true;
  #lastTop = 0;

  /** @param {number} me the person whose messages stand on the right. */
  constructor({ list, scroller, toBottom, unread }, { me, isGroup }) {
    this.list = list;
    this.scroller = scroller;
    this.toBottom = toBottom;
    this.unreadBadge = unread;
    this.me = me;
    this.isGroup = isGroup;
    scroller.addEventListener("scroll", () => this.#onScroll());
    toBottom.addEventListener("click", () => this.scrollToEnd("smooth"));
    new ResizeObserver(() => this.#keepPlace()).observe(scroller);
    new ResizeObserver(() => this.#keepPlace()).observe(list);
  }

  get isEmpty() {
    return this.#shown.size === 0;
  }

  /** A message on screen; undefined when it is not there. */
  find(id) {
    return this.#shown.get(this.#keys.get(id))?.messages.find((message) => message.message_id === id);
  }

  /** The newest message of one's own that can be edited. */
  newestOwn() {
    const own = [...this.#keys.keys()].toSorted((a, b) => b - a).map((id) => this.find(id));
    return own.find((message) => message.from.id === this.me && message.text !== undefined);
  }

  /** Brings a message into view and marks it for a moment. */
  reveal(id) {
    const row = this.#shown.get(this.#keys.get(id))?.row;
    if (!row) return;
    row.scrollIntoView({ block: "center", behavior: "smooth" });
    row.classList.remove("revealed");
    requestAnimationFrame(() => row.classList.add("revealed"));
  }

  /** Shows exactly these messages: what is gone goes, what stays is not rebuilt. */
  reset(messages, readUpTo, reactions) {
    this.list.setAttribute("aria-live", "off");
    this.#readUpTo = readUpTo;
    this.#reactions = new Map(Object.entries(reactions).map(([id, list]) => [Number(id), list]));
    const ids = new Set(messages.map((message) => message.message_id));
    for (const id of this.#keys.keys()) if (!ids.has(id)) this.#drop(id);
    for (const message of messages) this.#show(message);
    this.#arrange();
    this.#keepPlace();
    // From now on what comes is read aloud; the past is not.
    requestAnimationFrame(() => this.list.setAttribute("aria-live", "polite"));
  }

  /** Adds a new message; the bot's takes the place of its draft, without a jump. */
  add(message) {
    this.#show(message);
    this.#arrange();
    if (this.#isOwn(message)) this.scrollToEnd();
    else if (!this.#isAtEnd) this.#setUnread(this.#unread + 1);
    this.#keepPlace();
  }

  edit(message) {
    const row = this.#shown.get(this.#keys.get(message.message_id))?.row;
    if (!row) return;
    const hadFocus = row.contains(document.activeElement);
    const pressed = document.activeElement?.dataset.data;
    this.#show(message);
    if (hadFocus) focusAgain(row, pressed);
    this.#arrange();
    this.#keepPlace();
  }

  remove(id) {
    this.#drop(id);
    this.#arrange();
  }

  setReactions(id, reactions) {
    this.#reactions.set(id, reactions);
    const item = this.#shown.get(this.#keys.get(id));
    if (item) fillReactions(item.row, this.#reactionsTo(item.messages), this.me);
    this.#keepPlace();
  }

  setDraft(draft) {
    this.#draft ??= { row: document.createElement("div"), text: "" };
    const { row, text } = this.#draft;
    clearTimeout(this.#draft.timer);
    fillDraft(row, draft, text);
    this.#draft.text = draft.text;
    this.#draft.timer = setTimeout(() => this.dropDraft(), DRAFT_MS);
    this.list.append(row);
    this.#arrange();
    this.#keepPlace();
  }

  dropDraft() {
    this.#takeDraftRow()?.remove();
    this.#arrange();
  }

  markRead(upTo) {
    this.#readUpTo = Math.max(this.#readUpTo, upTo);
    for (const { row, messages } of this.#shown.values())
      if (this.#isOwn(messages[0])) markRead(row, this.#isRead(messages));
  }

  scrollToEnd(behavior = "instant") {
    this.#isAtEnd = true;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior });
    this.#setUnread(0);
  }

  #show(message) {
    const id = message.message_id;
    const key = message.media_group_id ?? id;
    const known = this.#shown.get(key);
    const before = known?.messages ?? [];
    const others = before.filter((other) => other.message_id !== id);
    const messages = [...others, message].toSorted((a, b) => a.message_id - b.message_id);
    if (JSON.stringify(before) === JSON.stringify(messages)) return;
    const isOwn = this.#isOwn(message);
    const row =
      known?.row ?? (message.from.is_bot ? this.#takeDraftRow() : null) ?? document.createElement("div");
    row.removeAttribute("aria-busy");
    const { me, isGroup } = this;
    const reactions = this.#reactionsTo(messages);
    fillMessage(row, messages, { isOwn, isRead: this.#isRead(messages), isGroup, reactions, me });
    this.#shown.set(key, { row, messages });
    this.#keys.set(id, key);
  }

  #isOwn(message) {
    return message.from.id === this.me;
  }

  #isRead(messages) {
    return messages.at(-1).message_id <= this.#readUpTo;
  }

  #reactionsTo(messages) {
    return messages.flatMap((message) => this.#reactions.get(message.message_id) ?? []);
  }

  #takeDraftRow() {
    if (!this.#draft) return null;
    const { row, timer } = this.#draft;
    clearTimeout(timer);
    this.#draft = null;
    return row;
  }

  #drop(id) {
    const key = this.#keys.get(id);
    const item = this.#shown.get(key);
    this.#keys.delete(id);
    this.#reactions.delete(id);
    if (!item) return;
    const [next, ...rest] = item.messages.filter((message) => message.message_id !== id);
    if (next) {
      this.#shown.set(key, { row: item.row, messages: rest });
      this.#show(next);
    } else {
      item.row.remove();
      this.#shown.delete(key);
    }
  }

  /** Puts rows and days in order, and tells each row whether it begins or ends a group of one sender. */
  #arrange() {
    const items = [...this.#shown.values()]
      .map(({ row, messages }) => ({ row, message: messages[0] }))
      .toSorted((a, b) => a.message.message_id - b.message.message_id);
    const days = new Map([...this.list.querySelectorAll(".day")].map((day) => [day.dataset.day, day]));
    const wanted = [];
    for (const [index, { row, message }] of items.entries()) {
      const key = dayKey(message.date);
      const before = items[index - 1]?.message;
      const after = items[index + 1]?.message;
      if (!before || dayKey(before.date) !== key)
        wanted.push(days.get(key) ?? daySeparator(key, message.date));
      row.classList.toggle("first", !isSameGroup(before, message));
      row.classList.toggle("last", !isSameGroup(message, after));
      wanted.push(row);
    }
    if (this.#draft) {
      const last = items.at(-1);
      const continues = last?.message.from.is_bot === true;
      if (continues) last.row.classList.remove("last");
      this.#draft.row.classList.toggle("first", !continues);
      this.#draft.row.classList.add("last");
      wanted.push(this.#draft.row);
    }
    placeInOrder(this.list, wanted);
  }

  #onScroll() {
    const { scrollTop, clientHeight, scrollHeight } = this.scroller;
    const isNear = scrollTop + clientHeight >= scrollHeight - NEAR_END;
    // Only scrolling up leaves the end; a window that shrinks or a message that grows does not.
    this.#isAtEnd = isNear || (this.#isAtEnd && scrollTop >= this.#lastTop);
    this.#lastTop = scrollTop;
    this.toBottom.hidden = this.#isAtEnd;
    if (this.#isAtEnd) this.#setUnread(0);
  }

  /** Someone who reads the newest goes on doing so; someone who scrolled up is left alone. */
  #keepPlace() {
    if (this.#isAtEnd) this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#onScroll();
  }

  #setUnread(count) {
    this.#unread = count;
    this.unreadBadge.hidden = count === 0;
    this.unreadBadge.textContent = String(count);
  }
}

function isSameGroup(a, b) {
  return Boolean(a && b) && a.from.id === b.from.id && dayKey(a.date) === dayKey(b.date);
}

/** A keyboard that changes under the pressed button keeps the focus where it was, or near. */
function focusAgain(row, pressed) {
  const buttons = [...row.querySelectorAll(".inline-button")];
  const next = buttons.find((button) => button.dataset.data === pressed) ?? buttons[0];
  next?.focus({ preventScroll: true });
}

function daySeparator(key, seconds) {
  const day = document.createElement("div");
  const name = document.createElement("span");
  day.className = "day";
  day.dataset.day = key;
  name.textContent = dayName(seconds);
  day.append(name);
  return day;
}

/** Moves only what is out of place, so that nothing on screen loses its focus or its animation. */
function placeInOrder(parent, wanted) {
  const keep = new Set(wanted);
  for (const child of parent.querySelectorAll(":scope > *")) if (!keep.has(child)) child.remove();
  for (const [index, node] of wanted.entries()) {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  }
}
