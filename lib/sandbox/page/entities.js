/** Turns a text with Telegram's entities into DOM nodes. Nothing a bot sends is ever read as HTML. */

const SAFE_LINK = /^(?:https?:\/\/|tg:\/\/|mailto:)/i;

const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);

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
  text_link: (entity) => link(entity.url),
  url: (_entity, text) => link(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`),
  email: (_entity, text) => link(`mailto:${text}`),
  bot_command: command,
  mention: () => marked("mention"),
  text_mention: () => marked("mention"),
  hashtag: () => marked("hashtag"),
};

/**
 * The text as nodes. Entities may nest and even cross: each piece between two boundaries is wrapped in all the
 * entities that cover it, and neighbours of the same entity share one element.
 * @param {string} text
 * @param {{type: string, offset: number, length: number}[]} entities
 * @param {number} freshFrom pieces from here on appear gently; for a text that is still being written.
 */
export function renderText(text, entities = [], freshFrom = text.length) {
  const root = document.createDocumentFragment();
  const known = entities.filter(({ type }) => type in ELEMENTS).toSorted(outermostFirst);
  const edges = new Set([0, text.length, Math.min(freshFrom, text.length)]);
  for (const { offset, length } of known) edges.add(offset).add(offset + length);
  const sorted = [...edges].filter((edge) => edge <= text.length).toSorted((a, b) => a - b);
  let open = [];
  for (let index = 0; index + 1 < sorted.length; index += 1) {
    const [from, to] = [sorted[index], sorted[index + 1]];
    const covering = known.filter(({ offset, length }) => offset <= from && to <= offset + length);
    open = openElements(root, open, covering, text);
    const parent = open.at(-1)?.inner ?? root;
    parent.append(piece(withoutBreak(text, from, to, known), from >= freshFrom));
  }
  return root;
}

/** A block ends its line by itself, so the line break after it would show as an empty line. */
function withoutBreak(text, from, to, entities) {
  const followsBlock = entities.some(
    ({ type, offset, length }) => BLOCKS.has(type) && offset + length === from,
  );
  return text.slice(followsBlock && text[from] === "\n" ? from + 1 : from, to);
}

function outermostFirst(a, b) {
  return a.offset - b.offset || b.length - a.length;
}

/** Keeps the elements that go on, and opens those that begin. */
function openElements(root, open, covering, text) {
  let shared = 0;
  while (shared < open.length && open[shared].entity === covering[shared]) shared += 1;
  const next = open.slice(0, shared);
  for (const entity of covering.slice(shared)) {
    const made = ELEMENTS[entity.type](entity, text.slice(entity.offset, entity.offset + entity.length));
    const { outer, inner } = made.outer ? made : { outer: made, inner: made };
    (next.at(-1)?.inner ?? root).append(outer);
    next.push({ entity, inner });
  }
  return next;
}

function piece(text, isFresh) {
  if (!isFresh) return document.createTextNode(text);
  const span = marked("fresh");
  span.textContent = text;
  return span;
}

function marked(className) {
  const span = document.createElement("span");
  span.className = className;
  return span;
}

function link(address) {
  if (!SAFE_LINK.test(address)) return marked("link");
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer";
  return anchor;
}

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
  const show = (isOpen) => {
    outer.classList.toggle("open", isOpen);
    toggle.setAttribute("aria-expanded", String(isOpen));
    toggle.textContent = isOpen ? "Show less" : "Show more";
  };
  toggle.addEventListener("click", () => show(!outer.classList.contains("open")));
  show(false);
  outer.append(inner, toggle);
  return { outer, inner };
}
