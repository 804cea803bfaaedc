/** What people asked the library and did not get, and what its pages are worth to them. */

import { element, number } from "./format.js";

/** @import { GapsAnswer } from "../dashboard.ts" */

/** Rows of each list; `npm run gaps` has them all. */
const ROWS = 8;

/**
 * Shows the gaps; the section stays hidden while there is nothing to tell.
 * @param {HTMLElement} section
 * @param {HTMLElement} list
 * @param {GapsAnswer} gaps
 */
export function showGaps(section, list, { days, unanswered, groups, disliked, unread }) {
  section.hidden = unanswered === 0 && disliked.length === 0;
  list.replaceChildren(
    lines(
      `Without an answer in ${days} days: ${number(unanswered)} questions. Words of at least five people:`,
      groups.map(
        ({ language, words, people }) => `${words.join(" ")} (${language}, ${number(people)} people)`,
      ),
    ),
    lines(
      "Pages whose answers people disliked:",
      disliked.map(({ title, dislikes, answers }) => `${title}: ${number(dislikes)} of ${number(answers)}`),
    ),
    lines("Pages that no answer was based on:", unread),
  );
}

/**
 * @param {string} title
 * @param {string[]} rows
 */
function lines(title, rows) {
  const shown = rows.length > 0 ? rows.slice(0, ROWS) : ["none"];
  const more = rows.length > ROWS ? [`and ${number(rows.length - ROWS)} more`] : [];
  const items = [...shown, ...more].map((row) => element("li", {}, row));
  return element("div", {}, element("h3", {}, title), element("ul", {}, ...items));
}
