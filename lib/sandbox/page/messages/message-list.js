/** The list of messages: in order, grouped by sender, separated by day; it stays scrolled to the end like a chat. */

import { element, findAll, focused } from "../dom.js";
import { fillDraft, fillMessage, fillReactions, markRead } from "./bubbles.js";
import { dayKey, dayName } from "./dates.js";

/** @import { ChatView, Draft, Reaction } from "../../chats/chat-view.ts" */
/** @import { WireMessage } from "../../chats/wire.ts" */
/** @import { Messages } from "./bubbles.js" */

/**
 * A message's id, or its album's.
 * @typedef {number | string} RowKey
 *
 * @typedef {object} ListParts
 * @property {HTMLElement} list
 * @property {HTMLElement} scroller
 * @property {HTMLElement} toBottom
 * @property {HTMLElement} unread
 */

/** Within this distance from the end, in pixels, the person is taken to read the newest message. */
const NEAR_END = 60;
/** How long Telegram shows a draft that is not renewed. */
const DRAFT_MS = 30_000;

export class MessageList {
  /**
   * The rows with the messages they show.
   * @type {Map<RowKey, { row: HTMLElement, messages: Messages }>}
   */
  #shown = new Map();
  /**
   * The key of the row that shows a message, by message id.
   * @type {Map<number, RowKey>}
   */
  #keys = new Map();
  /**
   * The reactions by message id.
   * @type {Map<number, readonly Reaction[]>}
   */
  #reactions = new Map();
  /** @type {{ row: HTMLElement, text: string, timer: number | undefined } | null} */
  #draft = null;
  #readUpTo = 0;
  #unread = 0;
  #isAtEnd = true;
  #lastTop = 0;

  /**
   * @param {ListParts} parts
   * @param {{ me: number, isGroup: boolean }} options `me` is the person whose messages are on the right.
   */
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

  /**
   * The message with this id; undefined when it is not shown.
   * @param {number} id
   */
  find(id) {
    return this.#rowOf(id)?.messages.find((message) => message.message_id === id);
  }

  /** The person's newest message that can be edited. */
  newestOwn() {
    const own = [...this.#keys.keys()].toSorted((a, b) => b - a).map((id) => this.find(id));
    return own.find((message) => message?.from.id === this.me && message.text !== undefined);
  }

  /**
   * Scrolls to a message and highlights it for a moment.
   * @param {number} id
   */
  reveal(id) {
    const row = this.#rowOf(id)?.row;
    if (!row) return;
    row.scrollIntoView({ block: "center", behavior: "smooth" });
    row.classList.remove("revealed");
    requestAnimationFrame(() => row.classList.add("revealed"));
  }

  /**
   * Shows exactly these messages, without rebuilding the rows of those that did not change.
   * @param {WireMessage[]} messages
   * @param {number} readUpTo
   * @param {ChatView["reactions"]} reactions
   */
  reset(messages, readUpTo, reactions) {
    this.list.setAttribute("aria-live", "off");
    this.#readUpTo = readUpTo;
    this.#reactions = new Map(Object.entries(reactions).map(([id, list]) => [Number(id), list]));
    const ids = new Set(messages.map((message) => message.message_id));
    for (const id of this.#keys.keys()) if (!ids.has(id)) this.#drop(id);
    for (const message of messages) this.#show(message);
    this.#arrange();
    this.#keepPlace();
    // Screen readers announce only what is added from now on.
    requestAnimationFrame(() => this.list.setAttribute("aria-live", "polite"));
  }

  /**
   * Adds a new message. The bot's takes over the row of its draft, so that nothing jumps.
   * @param {WireMessage} message
   */
  add(message) {
    this.#show(message);
    this.#arrange();
    if (this.#isOwn(message)) this.scrollToEnd();
    else if (!this.#isAtEnd) this.#setUnread(this.#unread + 1);
    this.#keepPlace();
  }

  /** @param {WireMessage} message */
  edit(message) {
    const row = this.#rowOf(message.message_id)?.row;
    if (!row) return;
    const hadFocus = row.contains(focused());
    const pressed = focused()?.dataset.data;
    this.#show(message);
    if (hadFocus) focusAgain(row, pressed);
    this.#arrange();
    this.#keepPlace();
  }

  /** @param {number} id */
  remove(id) {
    this.#drop(id);
    this.#arrange();
  }

  /**
   * @param {number} id
   * @param {readonly Reaction[]} reactions
   */
  setReactions(id, reactions) {
    this.#reactions.set(id, reactions);
    const item = this.#rowOf(id);
    if (item) fillReactions(item.row, this.#reactionsTo(item.messages), this.me);
    this.#keepPlace();
  }

  /** @param {Draft} draft */
  setDraft(draft) {
    this.#draft ??= { row: element("div"), text: "", timer: undefined };
    const { row, text } = this.#draft;
    clearTimeout(this.#draft.timer);
    fillDraft(row, draft, text);
    this.#draft.text = draft.text;
    this.#draft.timer = window.setTimeout(() => this.dropDraft(), DRAFT_MS);
    this.list.append(row);
    this.#arrange();
    this.#keepPlace();
  }

  dropDraft() {
    this.#takeDraftRow()?.remove();
    this.#arrange();
  }

  /** @param {number} upTo the newest message the bot has confirmed. */
  markRead(upTo) {
    this.#readUpTo = Math.max(this.#readUpTo, upTo);
    for (const { row, messages } of this.#shown.values())
      if (this.#isOwn(messages[0])) markRead(row, this.#isRead(messages));
  }

  /** @param {ScrollBehavior} behavior */
  scrollToEnd(behavior = "instant") {
    this.#isAtEnd = true;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior });
    this.#setUnread(0);
  }

  /** @param {number} id */
  #rowOf(id) {
    const key = this.#keys.get(id);
    return key === undefined ? undefined : this.#shown.get(key);
  }

  /** @param {WireMessage} message */
  #show(message) {
    const id = message.message_id;
    const key = message.media_group_id ?? id;
    const known = this.#shown.get(key);
    const before = known?.messages ?? [];
    const older = before.filter((other) => other.message_id < id);
    const newer = before.filter((other) => other.message_id > id);
    const [first = message, ...rest] = [...older, message, ...newer];
    /** @type {Messages} */
    const messages = [first, ...rest];
    if (JSON.stringify(before) === JSON.stringify(messages)) return;
    const row = known?.row ?? (message.from.is_bot ? this.#takeDraftRow() : null) ?? element("div");
    row.removeAttribute("aria-busy");
    this.#fill(key, row, messages);
    this.#keys.set(id, key);
  }

  /**
   * @param {RowKey} key
   * @param {HTMLElement} row
   * @param {Messages} messages
   */
  #fill(key, row, messages) {
    const { me, isGroup } = this;
    const isOwn = this.#isOwn(messages[0]);
    const reactions = this.#reactionsTo(messages);
    fillMessage(row, messages, { isOwn, isRead: this.#isRead(messages), isGroup, reactions, me });
    this.#shown.set(key, { row, messages });
  }

  /** @param {WireMessage} message */
  #isOwn(message) {
    return message.from.id === this.me;
  }

  /** @param {Messages} messages */
  #isRead(messages) {
    return messages.every((message) => message.message_id <= this.#readUpTo);
  }

  /** @param {Messages} messages */
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

  /** @param {number} id */
  #drop(id) {
    const key = this.#keys.get(id);
    const item = this.#rowOf(id);
    this.#keys.delete(id);
    this.#reactions.delete(id);
    if (key === undefined || !item) return;
    const [next, ...rest] = item.messages.filter((message) => message.message_id !== id);
    if (next) {
      this.#fill(key, item.row, [next, ...rest]);
    } else {
      item.row.remove();
      this.#shown.delete(key);
    }
  }

  /** Puts rows and day separators in order, and marks each row that starts or ends a group of one sender. */
  #arrange() {
    const items = [...this.#shown.values()]
      .map(({ row, messages: [message] }) => ({ row, message }))
      .toSorted((a, b) => a.message.message_id - b.message.message_id);
    const days = new Map(findAll(this.list, ".day").map((day) => [day.dataset.day, day]));
    /** @type {HTMLElement[]} */
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
    // Only scrolling up leaves the end; a shrinking window or a growing message does not.
    this.#isAtEnd = isNear || (this.#isAtEnd && scrollTop >= this.#lastTop);
    this.#lastTop = scrollTop;
    this.toBottom.hidden = this.#isAtEnd;
    if (this.#isAtEnd) this.#setUnread(0);
  }

  /** Keeps the newest message in view, unless the person has scrolled up. */
  #keepPlace() {
    if (this.#isAtEnd) this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#onScroll();
  }

  /** @param {number} count */
  #setUnread(count) {
    this.#unread = count;
    this.unreadBadge.hidden = count === 0;
    this.unreadBadge.textContent = String(count);
  }
}

/**
 * @param {WireMessage | undefined} a
 * @param {WireMessage | undefined} b
 */
function isSameGroup(a, b) {
  return a !== undefined && b?.from.id === a.from.id && dayKey(a.date) === dayKey(b.date);
}

/**
 * Focuses the button that was pressed again after its keyboard was replaced, or the first one.
 * @param {HTMLElement} row
 * @param {string | undefined} pressed the callback data of the pressed button.
 */
function focusAgain(row, pressed) {
  const buttons = findAll(row, ".inline-button");
  const next = buttons.find((button) => button.dataset.data === pressed) ?? buttons[0];
  next?.focus({ preventScroll: true });
}

/**
 * @param {string} key
 * @param {number} seconds
 */
function daySeparator(key, seconds) {
  const day = element("div", "day");
  day.dataset.day = key;
  day.append(element("span", "", dayName(seconds)));
  return day;
}

/**
 * Makes these the children of the parent. Moves only what is out of place, so that nothing loses its focus or restarts
 * its animation.
 * @param {HTMLElement} parent
 * @param {HTMLElement[]} wanted
 */
function placeInOrder(parent, wanted) {
  /** @type {Set<Element>} */
  const keep = new Set(wanted);
  for (const child of parent.querySelectorAll(":scope > *")) if (!keep.has(child)) child.remove();
  for (const [index, node] of wanted.entries()) {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  }
}
