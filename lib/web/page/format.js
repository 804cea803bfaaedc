/** Formats figures, and creates elements. */

/**
 * Data attributes, and ARIA attributes without their prefix.
 * @typedef {{ data?: Record<string, string>, aria?: Record<string, string> }} ElementAttributes
 */

/**
 * A duration such as `6.21 s`, `140 ms` or `85 µs`.
 * @param {number} ms
 */
export function duration(ms) {
  if (ms === 0) return "0 ms";
  if (ms < 0.9995) return `${Math.round(ms * 1000)} µs`;
  if (ms < 999.5) return `${threeDigits(ms)} ms`;
  if (ms < 59_950) return `${threeDigits(ms / 1000)} s`;
  if (ms < 3_597_000) return `${threeDigits(ms / 60_000)} min`;
  return `${threeDigits(ms / 3_600_000)} h`;
}

/**
 * A count or a rate, such as `12,304` or `4.2`.
 * @param {number} value
 */
export function number(value) {
  const digits = value < 10 && !Number.isInteger(value) ? 1 : 0;
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}

/**
 * A size, such as `54 MB`.
 * @param {number} value
 */
export function bytes(value) {
  if (value < 999.5) return `${Math.round(value)} B`;
  if (value < 999_500) return `${threeDigits(value / 1e3)} kB`;
  if (value < 999_500_000) return `${threeDigits(value / 1e6)} MB`;
  return `${threeDigits(value / 1e9)} GB`;
}

/**
 * The label of a tick of the time axis: the date at midnight and where ticks are days apart, else the time.
 * @param {number} epochMs
 * @param {number} stepMs between two ticks.
 */
export function tick(epochMs, stepMs) {
  const at = new Date(epochMs);
  if (stepMs >= 86_400_000 || (at.getHours() === 0 && at.getMinutes() === 0 && at.getSeconds() === 0)) {
    return at.toLocaleDateString("en", { month: "short", day: "numeric" });
  }
  /** @type {Intl.DateTimeFormatOptions} */
  const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return at.toLocaleTimeString("en", stepMs < 60_000 ? { ...time, second: "2-digit" } : time);
}

/**
 * A moment, with the precision that suits a span of this length.
 * @param {number} epochMs
 * @param {number} spanMs
 */
export function moment(epochMs, spanMs) {
  const at = new Date(epochMs);
  /** @type {Intl.DateTimeFormatOptions} */
  const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  if (spanMs <= 360_000) return at.toLocaleTimeString("en", { ...time, second: "2-digit" });
  if (spanMs <= 86_400_000) return at.toLocaleTimeString("en", time);
  return at.toLocaleString("en", { month: "short", day: "numeric", ...time });
}

/**
 * Creates an element.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} name
 * @param {Partial<Omit<HTMLElementTagNameMap[Tag], "children">> & ElementAttributes} properties are set on it.
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(name, properties = {}, ...children) {
  const { data = {}, aria = {}, ...others } = properties;
  const made = Object.assign(document.createElement(name), others);
  Object.assign(made.dataset, data);
  for (const [key, value] of Object.entries(aria)) made.setAttribute(`aria-${key}`, value);
  made.append(...children);
  return made;
}

/**
 * A small square of a colour.
 * @param {string} color its name in the stylesheet.
 */
export function swatch(color) {
  const made = element("i", { className: "swatch" });
  made.style.setProperty("--tone", `var(--${color})`);
  return made;
}

/** @param {number} value */
function threeDigits(value) {
  return value >= 99.95 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/**
 * The page's element with this id.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 * @throws when the page has no such element of that type.
 */
export function byId(id, type) {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`The page has no ${type.name} with the id "${id}"`);
}
