/** Turns a text with Telegram's entities into DOM nodes. Nothing a bot sends is ever parsed as HTML. */

/** @import { WireEntity } from "../../chats/wire.ts" */

/**
 * The element of an entity; where the text does not go into that element itself, `inner` is where it goes.
 * @typedef {{ outer: HTMLElement, inner: HTMLElement }} EntityElement
 *
 * An entity's element while the pieces of text it covers are appended.
 * @typedef {{ entity: WireEntity, inner: HTMLElement }} OpenElement
 */

const SAFE_LINK = /^(?:https?:\/\/|tg:\/\/|mailto:)/i;

const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);

/** @type {Readonly<Record<string, (entity: WireEntity, text: string) => HTMLElement | EntityElement>>} */
const ELEMENTS = {
  bold: () => document.createElement("strong"),
  italic: () => document.createElement("em"),
  underline: () => document.createElement("u"),
  strikethrough: () => document.createElement("s"),
  code: () => document.createElement("code"),
  pre: preBlock,
  blockquote: () => document.createElement("blockquote"),
  expandable_blockquote: expandableQuote,
  spoiler,
  text_link: ({ url = "" }) => link(url),
  url: (_entity, text) => link(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`),
  email: (_entity, text) => link(`mailto:${text}`),
  bot_command: command,
  mention: () => marked("mention"),
  text_mention: () => marked("mention"),
  hashtag: () => marked("hashtag"),
};

/**
 * Renders a text. Entities may nest and even cross: each piece between two boundaries is wrapped in all the
 * entities that cover it, and adjacent pieces of the same entity share one element.
 * @param {string} text
 * @param {WireEntity[]} entities
 * @param {number} freshFrom pieces from this offset on fade in; for a text that is still being written.
 */
export function renderText(text, entities = [], freshFrom = text.length) {
  const root = document.createDocumentFragment();
  const known = entities.filter(({ type }) => type in ELEMENTS).toSorted(outermostFirst);
  const edges = new Set([0, text.length, Math.min(freshFrom, text.length)]);
  for (const { offset, length } of known) edges.add(offset).add(offset + length);
  const sorted = [...edges].filter((edge) => edge <= text.length).toSorted((a, b) => a - b);
  /** @type {OpenElement[]} */
  let open = [];
  for (const [index, from] of sorted.entries()) {
    const to = sorted[index + 1];
    if (to === undefined) break;
    const covering = known.filter(({ offset, length }) => offset <= from && to <= offset + length);
    open = openElements(root, open, covering, text);
    const parent = open.at(-1)?.inner ?? root;
    parent.append(piece(withoutBreak(text, from, to, known), from >= freshFrom));
  }
  return root;
}

/**
 * A piece of the text, without the line break after a block: a block ends its line itself, so that break would show as
 * an empty line.
 * @param {string} text
 * @param {number} from
 * @param {number} to
 * @param {WireEntity[]} entities
 */
function withoutBreak(text, from, to, entities) {
  const followsBlock = entities.some(
    ({ type, offset, length }) => BLOCKS.has(type) && offset + length === from,
  );
  return text.slice(followsBlock && text[from] === "\n" ? from + 1 : from, to);
}

/**
 * @param {WireEntity} a
 * @param {WireEntity} b
 */
function outermostFirst(a, b) {
  return a.offset - b.offset || b.length - a.length;
}

/**
 * Keeps the open elements whose entities also cover the next piece, and opens one for each entity that starts there.
 * @param {DocumentFragment} root
 * @param {OpenElement[]} open
 * @param {WireEntity[]} covering the entities that cover the next piece, outermost first.
 * @param {string} text
 */
function openElements(root, open, covering, text) {
  const firstChanged = open.findIndex(({ entity }, index) => entity !== covering[index]);
  const shared = firstChanged === -1 ? open.length : firstChanged;
  const next = open.slice(0, shared);
  for (const entity of covering.slice(shared)) {
    const made = ELEMENTS[entity.type]?.(entity, text.slice(entity.offset, entity.offset + entity.length));
    if (!made) continue;
    const { outer, inner } = made instanceof HTMLElement ? { outer: made, inner: made } : made;
    (next.at(-1)?.inner ?? root).append(outer);
    next.push({ entity, inner });
  }
  return next;
}

/**
 * @param {string} text
 * @param {boolean} isFresh
 */
function piece(text, isFresh) {
  if (!isFresh) return document.createTextNode(text);
  const span = marked("fresh");
  span.textContent = text;
  return span;
}

/** @param {string} className */
function marked(className) {
  const span = document.createElement("span");
  span.className = className;
  return span;
}

/** @param {string} address */
function link(address) {
  if (!SAFE_LINK.test(address)) return marked("link");
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer";
  return anchor;
}

/**
 * @param {WireEntity} _entity
 * @param {string} text
 */
function command(_entity, text) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "command-link";
  button.dataset.command = text;
  return button;
}

function spoiler() {
  const span = marked("spoiler");
  span.tabIndex = 0;
  span.setAttribute("role", "button");
  span.setAttribute("aria-label", "Hidden text, press to show");
  const reveal = () => {
    span.classList.add("shown");
    for (const name of ["role", "tabindex", "aria-label"]) span.removeAttribute(name);
  };
  span.addEventListener("click", reveal);
  span.addEventListener("keydown", ({ key }) => {
    if (key === "Enter" || key === " ") reveal();
  });
  return span;
}

/** @param {WireEntity} entity */
function preBlock({ language }) {
  const outer = document.createElement("pre");
  const inner = document.createElement("code");
  if (language) outer.dataset.language = language;
  outer.append(inner);
  return { outer, inner };
}

function expandableQuote() {
  const outer = document.createElement("blockquote");
  const inner = document.createElement("div");
  const toggle = document.createElement("button");
  outer.className = "expandable";
  toggle.type = "button";
  toggle.className = "expand";
  const show = (/** @type {boolean} */ isOpen) => {
    outer.classList.toggle("open", isOpen);
    toggle.setAttribute("aria-expanded", String(isOpen));
    toggle.textContent = isOpen ? "Show less" : "Show more";
  };
  toggle.addEventListener("click", () => show(!outer.classList.contains("open")));
  show(false);
  outer.append(inner, toggle);
  return { outer, inner };
}
