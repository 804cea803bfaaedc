/** One message as an element: its bubble, and the buttons under it. */

import { timeOf } from "./dates.js";
import { renderText } from "./entities.js";

/**
 * Fills a message's element, new or known; what it showed before is replaced in place.
 * @param {HTMLElement} row
 */
export function fillMessage(row, message, { isOwn, isRead }) {
  row.className = `row ${isOwn ? "own" : "other"}`;
  row.dataset.id = message.message_id;
  const bubble = element("div", "bubble");
  bubble.append(element("span", "sender", `${message.from.first_name}: `));
  if (message.reply_to_message) bubble.append(quote(message.reply_to_message));
  const text = element("div", "text");
  text.dir = "auto";
  text.append(renderText(message.text, message.entities));
  bubble.append(text, meta(message, isOwn));
  row.replaceChildren(bubble);
  if (message.reply_markup) row.append(inlineKeyboard(message.reply_markup.inline_keyboard));
  if (isOwn) markRead(row, isRead);
}

/** Fills the element of a message the bot is still writing; only what is new since `shown` appears gently. */
export function fillDraft(row, draft, shown) {
  row.className = "row other draft";
  row.setAttribute("aria-busy", "true");
  const bubble = element("div", "bubble");
  const text = element("div", "text");
  text.dir = "auto";
  if (draft.text === "") text.append(thinking());
  else text.append(renderText(draft.text, draft.entities, commonLength(shown, draft.text)));
  // The time is there already, unseen, so that the final message takes no more room.
  const time = meta({ date: Date.now() / 1000 }, false);
  time.classList.add("unseen");
  bubble.append(text, time);
  row.replaceChildren(bubble);
}

/** Shows one tick (sent) or two (the bot has it). */
export function markRead(row, isRead) {
  const ticks = row.querySelector(".ticks");
  if (!ticks) return;
  ticks.classList.toggle("read", isRead);
  ticks.setAttribute("aria-label", isRead ? "read" : "sent");
}

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

function quote(message) {
  const box = element("div", "quote");
  box.append(
    element("span", "quote-name", message.from.first_name),
    element("span", "quote-text", message.text),
  );
  return box;
}

function thinking() {
  const box = element("span", "thinking", "Thinking");
  box.append(element("i"), element("i"), element("i"));
  return box;
}

function inlineKeyboard(rows) {
  const keyboard = element("div", "inline-keyboard");
  for (const buttons of rows) {
    const line = element("div", "inline-row");
    line.append(...buttons.map(inlineButton));
    keyboard.append(line);
  }
  return keyboard;
}

function inlineButton(button) {
  if (button.url) {
    const anchor = element("a", "inline-button leaves", button.text);
    anchor.href = button.url;
    anchor.target = "_blank";
    anchor.rel = "noopener noreferrer";
    return anchor;
  }
  const node = element("button", "inline-button", button.text);
  node.type = "button";
  if (button.copy_text) node.dataset.copy = button.copy_text.text;
  else if (button.callback_data === undefined) node.disabled = true;
  else node.dataset.data = button.callback_data;
  return node;
}

function commonLength(before, after) {
  let length = 0;
  while (length < before.length && before[length] === after[length]) length += 1;
  return length;
}

function element(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}
