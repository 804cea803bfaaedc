/** The messages on screen: in order, grouped by sender, with days between them, and scrolled as a chat scrolls. */

import { fillDraft, fillMessage, markRead } from "./bubbles.js";
import { dayKey, dayName } from "./dates.js";

/** Closer to the end than this, in pixels, counts as reading the newest. */
const NEAR_END = 60;
/** How long Telegram shows a draft that is not renewed. */
const DRAFT_MS = 30_000;

export class MessageList {
  /** Message id to its row and what it shows. */
  #shown = new Map();
  #draft = null;
  #readUpTo = 0;
  #unread = 0;
  #isAtEnd = true;
  #lastTop = 0;

  constructor({ list, scroller, toBottom, unread }) {
    this.list = list;
    this.scroller = scroller;
    this.toBottom = toBottom;
    this.unreadBadge = unread;
    scroller.addEventListener("scroll", () => this.#onScroll());
    toBottom.addEventListener("click", () => this.scrollToEnd("smooth"));
    new ResizeObserver(() => this.#keepPlace()).observe(scroller);
    new ResizeObserver(() => this.#keepPlace()).observe(list);
  }

  get isEmpty() {
    return this.#shown.size === 0;
  }

  /** Shows exactly these messages: what is gone goes, what stays is not rebuilt. */
  reset(messages, readUpTo) {
    this.list.setAttribute("aria-live", "off");
    this.#readUpTo = readUpTo;
    const ids = new Set(messages.map((message) => message.message_id));
    for (const id of this.#shown.keys()) if (!ids.has(id)) this.#drop(id);
    for (const message of messages) this.#show(message);
    this.#arrange();
    this.#keepPlace();
    // From now on what comes is read aloud; the past is not.
    requestAnimationFrame(() => this.list.setAttribute("aria-live", "polite"));
  }

  /** Adds a new message; the bot's takes the place of its draft, without a jump. */
  add(message) {
    const isOwn = !message.from.is_bot;
    this.#show(message);
    this.#arrange();
    if (isOwn) this.scrollToEnd();
    else if (!this.#isAtEnd) this.#setUnread(this.#unread + 1);
    this.#keepPlace();
  }

  edit(message) {
    if (!this.#shown.has(message.message_id)) return;
    this.#show(message);
    this.#arrange();
    this.#keepPlace();
  }

  remove(id) {
    this.#drop(id);
    this.#arrange();
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
    for (const [id, { row, message }] of this.#shown)
      if (!message.from.is_bot) markRead(row, id <= this.#readUpTo);
  }

  scrollToEnd(behavior = "instant") {
    this.#isAtEnd = true;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior });
    this.#setUnread(0);
  }

  #show(message) {
    const id = message.message_id;
    const known = this.#shown.get(id);
    if (known && JSON.stringify(known.message) === JSON.stringify(message)) return;
    const isOwn = !message.from.is_bot;
    const row = known?.row ?? (isOwn ? null : this.#takeDraftRow()) ?? document.createElement("div");
    row.removeAttribute("aria-busy");
    fillMessage(row, message, { isOwn, isRead: id <= this.#readUpTo });
    this.#shown.set(id, { row, message });
  }

  #takeDraftRow() {
    if (!this.#draft) return null;
    const { row, timer } = this.#draft;
    clearTimeout(timer);
    this.#draft = null;
    return row;
  }

  #drop(id) {
    this.#shown.get(id)?.row.remove();
    this.#shown.delete(id);
  }

  /** Puts rows and days in order, and tells each row whether it begins or ends a group of one sender. */
  #arrange() {
    const items = [...this.#shown.values()].toSorted((a, b) => a.message.message_id - b.message.message_id);
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
