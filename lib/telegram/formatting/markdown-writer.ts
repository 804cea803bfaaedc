import type { MarkedToken, Token, Tokens } from "marked";
import { decodeCharacterReferences } from "./character-references.ts";
import { readLink } from "./links.ts";
import type { RichText } from "./rich-text.ts";
import { writeTable } from "./table.ts";

const BULLETS = ["•", "◦", "▪"] as const;
const NESTED_INDENT = "   ";
const RULE = "———";

/** Writes block tokens, with an empty line between two where the source has one. */
export function writeBlocks(out: RichText, tokens: Token[], listDepth = 0): void {
  let previous: MarkedToken | undefined;
  let blank = false;
  for (const token of tokens as MarkedToken[]) {
    if (token.type === "space") {
      blank = true;
      continue;
    }
    if (previous) out.breakLine(blank || standsAlone(previous) || standsAlone(token));
    writeBlock(out, token, listDepth);
    blank = token.raw.endsWith("\n\n");
    previous = token;
  }
}

function standsAlone({ type }: MarkedToken): boolean {
  return type === "heading" || type === "hr";
}

function writeBlock(out: RichText, token: MarkedToken, listDepth: number): void {
  switch (token.type) {
    case "heading":
      out.styled({ type: "bold" }, () => writeInline(out, token.tokens));
      break;
    case "list":
      writeList(out, token, listDepth);
      break;
    case "blockquote":
      writeQuote(out, token);
      break;
    case "code":
      writeCode(out, token);
      break;
    case "table":
      writeTable(out, token, writeInline);
      break;
    case "hr":
      out.write(RULE);
      break;
    default:
      writeInline(out, [token]);
  }
}

function writeList(out: RichText, list: Tokens.List, depth: number): void {
  const { indent } = out;
  const bullet = BULLETS[Math.min(depth, BULLETS.length - 1)] ?? BULLETS[0];
  for (const [index, item] of list.items.entries()) {
    if (index > 0) out.breakLine(list.loose);
    out.write(list.ordered ? `${Number(list.start) + index}. ` : item.task ? "" : `${bullet} `);
    if (item.task) out.write(item.checked ? "☑ " : "☐ ");
    out.indent = indent + NESTED_INDENT;
    writeBlocks(out, item.tokens, depth + 1);
    out.indent = indent;
  }
}

function writeQuote(out: RichText, quote: Tokens.Blockquote): void {
  const { indent } = out;
  out.breakLine();
  out.indent = "";
  out.styled({ type: "blockquote" }, () => writeBlocks(out, quote.tokens));
  out.indent = indent;
}

function writeCode(out: RichText, { text, lang }: Tokens.Code): void {
  if (text.trim() === "") return;
  const language = /^[\w+#.-]{1,32}/.exec(lang ?? "")?.[0];
  out.pre({ type: "pre", ...(language === undefined ? {} : { language }) }, text);
}

/** Writes inline tokens: text, styles, links and code. */
export function writeInline(out: RichText, tokens: Token[]): void {
  for (const token of tokens as MarkedToken[]) {
    switch (token.type) {
      case "strong":
        out.styled({ type: "bold" }, () => writeInline(out, token.tokens));
        break;
      case "em":
        out.styled({ type: "italic" }, () => writeInline(out, token.tokens));
        break;
      case "del":
        out.styled({ type: "strikethrough" }, () => writeInline(out, token.tokens));
        break;
      case "codespan": // code is not clickable, so inside a link the link wins
        if (out.isOpen("text_link")) out.write(token.text);
        else out.code(token.text);
        break;
      case "link":
      case "image":
        writeLink(out, token);
        break;
      case "br":
        out.write("\n");
        break;
      case "escape":
        out.write(token.text);
        break;
      default:
        writeText(out, token);
    }
  }
}

function writeText(out: RichText, token: MarkedToken): void {
  if ("tokens" in token && token.tokens) writeInline(out, token.tokens);
  else if ("text" in token) out.write(decodeCharacterReferences(token.text).replaceAll(/\n[ \t]+/g, "\n"));
  else out.write(token.raw);
}

/** Clickable where Telegram can open it; a mail address or phone number is written out, which Telegram links itself. */
function writeLink(out: RichText, link: Tokens.Link | Tokens.Image): void {
  const label = (): void => {
    if (link.text.trim() === "") out.write(link.href);
    else if (link.type === "image") out.write(decodeCharacterReferences(link.text));
    else writeInline(out, link.tokens);
  };
  const isBare = link.raw === link.text || link.raw === `<${link.text}>`;
  const target = readLink(link.href);
  if (isBare || target === null) {
    label();
  } else if (target.kind === "address") {
    label();
    if (!link.text.includes(target.address)) out.write(` (${target.address})`);
  } else {
    out.styled({ type: "text_link", url: target.url }, label);
  }
}
