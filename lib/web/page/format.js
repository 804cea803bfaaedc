/** A duration such as `6.21 s`, `140 ms` or `85 µs`. */
export function duration(ms) {
  if (ms === 0) return "0 ms";
  if (ms < 0.9995) return `${Math.round(ms * 1000)} µs`;
  if (ms < 999.5) return `${threeDigits(ms)} ms`;
  if (ms < 59_950) return `${threeDigits(ms / 1000)} s`;
  if (ms < 3_597_000) return `${threeDigits(ms / 60_000)} min`;
  return `${threeDigits(ms / 3_600_000)} h`;
}

/** A count or a rate, such as `12,304` or `4.2`. */
export function number(value) {
  const digits = value < 10 && !Number.isInteger(value) ? 1 : 0;
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}

/** A size, such as `54 MB`. */
export function bytes(value) {
  return value < 1e9 ? `${Math.round(value / 1e6)} MB` : `${threeDigits(value / 1e9)} GB`;
}

/** A moment, as precise as a span of so many milliseconds asks for. */
export function moment(epochMs, spanMs) {
  const at = new Date(epochMs);
  const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  if (spanMs <= 360_000) return at.toLocaleTimeString("en", { ...time, second: "2-digit" });
  if (spanMs <= 86_400_000) return at.toLocaleTimeString("en", time);
  return at.toLocaleString("en", { month: "short", day: "numeric", ...time });
}

/** Makes an element; `properties` are set on it, `children` appended. */
export function element(name, properties = {}, ...children) {
  const { data = {}, aria = {}, ...others } = properties;
  const made = Object.assign(document.createElement(name), others);
  Object.assign(made.dataset, data);
  for (const [key, value] of Object.entries(aria)) made.setAttribute(`aria-${key}`, value);
  made.append(...children);
  return made;
}

/** A small square in the colour named, one of the stylesheet's. */
export function swatch(color) {
  const made = element("i", { className: "swatch" });
  made.style.setProperty("--tone", `var(--${color})`);
  return made;
}

function threeDigits(value) {
  return value >= 99.95 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
