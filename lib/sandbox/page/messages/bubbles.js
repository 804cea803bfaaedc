/** Renders a message or an album: its bubble, its reactions and its inline buttons. */

import { button, element, icon } from "../dom.js";
import { timeOf } from "./dates.js";
import { renderText } from "./entities.js";
import { mediaOf, mediaWord } from "./media.js";

/** @import { Draft, Reaction } from "../../chats/chat-view.ts" */
/** @import { InlineButton, WireMessage } from "../../chats/wire.ts" */
/** @import { Media } from "./media.js" */

/**
 * One message, or several for an album, oldest first.
 * @typedef {[WireMessage, ...WireMessage[]]} Messages
 *
 * How a message is shown to the person.
 * @typedef {object} MessageLook
 * @property {boolean} isOwn
 * @property {boolean} isRead
 * @property {boolean} isGroup
 * @property {readonly Reaction[]} reactions
 * @property {number} me the person's user id.
 */

const MORE = "M12 6.500v.01M12 12v.01M12 17.500v.01";
/** The number of colours of names in groups. */
const NAME_COLOURS = 7;

/**
 * Fills the row of a new or changed message or album. Media that did not change keep their element, so that they go on
 * playing.
 * @param {HTMLElement} row
 * @param {Messages} messages
 * @param {MessageLook} look
 */
export function fillMessage(row, messages, { isOwn, isRead, isGroup, reactions, me }) {
  const [first] = messages;
  const message = messages.find(({ caption }) => caption) ?? first;
  row.className = `row ${isOwn ? "own" : "other"}`;
  row.dataset.id = String(first.message_id);
  const service = serviceWords(first);
  if (service) {
    row.className = "row service";
    row.replaceChildren(element("span", "", service));
    return;
  }
  const bubble = element("div", "bubble");
  const media = reused(row, mediaOf(messages));
  bubble.classList.toggle("bare", media?.isBare === true);
  bubble.classList.toggle("visual", media?.isVisual === true);
  bubble.append(nameOf(first, isGroup && !isOwn));
  if (first.forward_origin) {
    bubble.append(element("div", "forwarded", `Forwarded from ${originName(first.forward_origin)}`));
  }
  if (first.reply_to_message) bubble.append(quote(first.reply_to_message));
  const words = message.text ?? message.caption ?? "";
  const text = element("div", "text");
  text.dir = "auto";
  text.append(renderText(words, message.entities ?? message.caption_entities));
  const isAbove = first.show_caption_above_media === true;
  const time = meta(message, isOwn);
  if (media && !isAbove) bubble.append(media.node);
  if (words !== "" && media?.isVisual) bubble.append(captionOf(text, time));
  else bubble.append(...(words === "" ? [] : [text]), time);
  if (media && isAbove) bubble.append(media.node);
  bubble.classList.toggle("overlaid", media !== null && words === "");
  row.replaceChildren(bubble, menuButton());
  if (first.reply_markup) row.append(inlineKeyboard(first.reply_markup.inline_keyboard));
  fillReactions(row, reactions, me);
  if (isOwn) markRead(row, isRead);
}

/**
 * Shows the reactions to a message; the person's own are marked.
 * @param {HTMLElement} row
 * @param {readonly Reaction[]} reactions
 * @param {number} me the person's user id.
 */
export function fillReactions(row, reactions, me) {
  const bubble = row.querySelector(".bubble");
  bubble?.querySelector(".reactions")?.remove();
  if (!bubble || reactions.length === 0) return;
  const box = element("div", "reactions");
  for (const emoji of new Set(reactions.map((reaction) => reaction.emoji))) {
    const of = reactions.filter((reaction) => reaction.emoji === emoji);
    const isOwn = of.some(({ userId }) => userId === me);
    const chip = button("reaction", `${emoji}, ${of.length}`, emoji);
    chip.dataset.emoji = emoji;
    chip.setAttribute("aria-pressed", String(isOwn));
    chip.append(element("span", "", String(of.length)));
    box.append(chip);
  }
  bubble.append(box);
}

/**
 * Fills the row of a message the bot is still writing; only what was added to `shown` fades in.
 * @param {HTMLElement} row
 * @param {Draft} draft
 * @param {string} shown the text shown before.
 */
export function fillDraft(row, draft, shown) {
  row.className = "row other draft";
  row.setAttribute("aria-busy", "true");
  const bubble = element("div", "bubble");
  const text = element("div", "text");
  text.dir = "auto";
  if (draft.text === "") text.append(thinking());
  else text.append(renderText(draft.text, draft.entities, commonLength(shown, draft.text)));
  // An invisible time reserves its space, so that the final message does not shift the text.
  const time = meta({ date: Date.now() / 1000 }, false);
  time.classList.add("unseen");
  bubble.append(text, time);
  row.replaceChildren(bubble);
}

/**
 * Shows one tick (sent) or two (the bot has confirmed it).
 * @param {HTMLElement} row
 * @param {boolean} isRead
 */
export function markRead(row, isRead) {
  const ticks = row.querySelector(".ticks");
  if (!ticks) return;
  ticks.classList.toggle("read", isRead);
  ticks.setAttribute("aria-label", isRead ? "read" : "sent");
}

/**
 * A message in one line.
 * @param {WireMessage} message
 */
export function wordsOf(message) {
  return message.text ?? message.caption ?? mediaWord(message);
}

/**
 * The media with the element the row shows already, where that shows the same.
 * @param {HTMLElement} row
 * @param {Media | null} media
 */
function reused(row, media) {
  const known = row.querySelector(".media");
  const key = media?.key ?? "";
  if (media && known instanceof HTMLElement && row.dataset.media === key) return { ...media, node: known };
  row.dataset.media = key;
  return media;
}

/**
 * The caption of a picture or video, with the time at the end of its last line.
 * @param {HTMLElement} text
 * @param {HTMLElement} time
 */
function captionOf(text, time) {
  const box = element("div", "caption");
  box.append(text, time);
  return box;
}

/**
 * The sender's name; where it is not shown, screen readers still read it.
 * @param {WireMessage} message
 * @param {boolean} isShown
 */
function nameOf(message, isShown) {
  if (!isShown) return element("span", "sender", `${message.from.first_name}: `);
  const name = element("div", "name", message.from.first_name);
  name.dataset.colour = String(message.from.id % NAME_COLOURS);
  return name;
}

/** @param {NonNullable<WireMessage["forward_origin"]>} origin */
function originName(origin) {
  return origin.sender_user?.first_name ?? origin.sender_user_name ?? "somebody";
}

/**
 * The text of a service message about a group; empty for other messages.
 * @param {WireMessage} message
 */
function serviceWords({ new_chat_members: joined, migrate_to_chat_id: to, migrate_from_chat_id: from }) {
  if (joined) return `${joined.map((user) => user.first_name).join(", ")} joined the group`;
  if (to !== undefined) return "This group became a supergroup; it goes on there";
  return from === undefined ? "" : "This group was upgraded to a supergroup";
}

function menuButton() {
  const node = button("more", "Message actions");
  node.setAttribute("aria-haspopup", "menu");
  node.append(icon(MORE));
  return node;
}

/**
 * The line with a message's time, and its ticks where it is the person's own.
 * @param {Pick<WireMessage, "date" | "edit_date">} message
 * @param {boolean} isOwn
 */
function meta(message, isOwn) {
  const line = element("span", "meta");
  if (message.edit_date) line.append(element("span", "edited", "edited"));
  line.append(element("time", "", timeOf(message.date)));
  if (isOwn) {
    const ticks = element("span", "ticks");
    ticks.setAttribute("role", "img");
    line.append(ticks);
  }
  return line;
}

/** @param {WireMessage} message the message that was replied to. */
function quote(message) {
  const box = button("quote", `In reply to ${message.from.first_name}: ${wordsOf(message)}`);
  box.dataset.target = String(message.message_id);
  box.append(
    element("span", "quote-name", message.from.first_name),
    element("span", "quote-text", wordsOf(message)),
  );
  return box;
}

function thinking() {
  const box = element("span", "thinking", "Thinking");
  box.append(element("i"), element("i"), element("i"));
  return box;
}

/** @param {InlineButton[][]} rows */
function inlineKeyboard(rows) {
  const keyboard = element("div", "inline-keyboard");
  for (const buttons of rows) {
    const line = element("div", "inline-row");
    line.append(...buttons.map(inlineButton));
    keyboard.append(line);
  }
  return keyboard;
}

/** @param {InlineButton} button */
function inlineButton({ text, url, copy_text: copy, callback_data: data }) {
  if (url) {
    const anchor = element("a", "inline-button leaves", text);
    anchor.href = url;
    anchor.target = "_blank";
    anchor.rel = "noopener noreferrer";
    return anchor;
  }
  const node = button("inline-button", "", text);
  if (copy) node.dataset.copy = copy.text;
  else if (data === undefined) node.disabled = true;
  else node.dataset.data = data;
  return node;
}

/**
 * The length of the common beginning.
 * @param {string} before
 * @param {string} after
 */
function commonLength(before, after) {
  let length = 0;
  while (length < before.length && before[length] === after[length]) length += 1;
  return length;
}
