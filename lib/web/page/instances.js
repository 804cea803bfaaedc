/** The instances of the bot, where there are several: all together, and each. */

import { bytes, duration, element, number } from "./format.js";

/** @import { InstancesAnswer } from "../dashboard.ts" */

/**
 * Shows the instances; the section stays hidden where a single one runs.
 * @param {HTMLElement} section
 * @param {HTMLTableElement} table
 * @param {InstancesAnswer} answer
 */
export function showInstances(section, table, { instances, own }) {
  section.hidden = instances.length === 0;
  const rows = instances.map(({ name, figures }) => {
    const title = name === null ? `All ${instances.length - 1} together` : name;
    const heading = element("th", { scope: "row", textContent: name === own ? `${name} (this one)` : title });
    const errors = figures.updateErrors ?? 0;
    const cells = [
      maybe(figures.questions, number),
      maybe(figures.answerP95, duration),
      errors > 0 ? number(errors) : "",
      maybe(figures.loopP99, duration),
      name === null ? "" : maybe(figures.rssBytes, bytes),
    ].map((textContent) => element("td", { textContent }));
    return element("tr", {}, heading, ...cells);
  });
  table.tBodies[0]?.replaceChildren(...rows);
}

/**
 * @param {number | null} value
 * @param {(value: number) => string} format
 */
function maybe(value, format) {
  return value === null ? "–" : format(value);
}
