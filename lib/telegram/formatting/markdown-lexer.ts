import { getDefaults, Lexer, type MarkedToken, type Token, Tokenizer, type Tokens } from "marked";
import { readLink } from "./links.ts";

/**
 * How deep quotes, lists and styles may be nested; deeper marks stay plain text. Bounds the stack, and the time, which
 * grows with text length times depth.
 */
const MAX_DEPTH = 12;

/**
 * A paragraph, list item or cell with more marks stays plain text. marked takes cubic time for some of them (`[a](`
 * 4,000 times takes minutes), and a model can be talked into writing anything.
 */
const MAX_INLINE_MARKS = 200;

/**
 * How far marked may look for the underline of a heading, and for the end of a table. It would scan to the end of the
 * text, and again for each block that turns out to be neither: quadratic time.
 */
const MAX_HEADING_LENGTH = 500;
const MAX_TABLE_LENGTH = 4_096;

/** Reads GitHub-flavoured Markdown into marked's tokens, with HTML as plain text. */
export function lexMarkdown(markdown: string): MarkedToken[] {
  const lexer = new BoundedLexer({ ...getDefaults(), tokenizer: new BoundedTokenizer() });
  return lexer.lex(markdown) as MarkedToken[];
}

/** marked's lexer with a bound on the marks in one run of text. */
class BoundedLexer extends Lexer {
  override inlineTokens(src: string, tokens: Token[] = []): Token[] {
    const marks = src.match(/[[(!<]|[*_`~]{1,3}/g)?.length ?? 0;
    if (marks <= MAX_INLINE_MARKS) return super.inlineTokens(src, tokens);
    tokens.push({ type: "text", raw: src, text: src });
    return tokens;
  }
}

/** marked's tokenizer with a bound on depth and without HTML: a tag is plain text. */
class BoundedTokenizer extends Tokenizer {
  private depth = 0;

  override html(): undefined {}

  override tag(): undefined {}

  /**
   * Remembers the definitions (`[label]: target`) at the beginning of `src` for links that use them, but leaves them in
   * the text: `[Tip]: drink` was meant to be read.
   */
  override def(src: string): undefined {
    const { links } = this.lexer.tokens;
    for (let rest = src; ; ) {
      const definition = super.def(rest);
      if (!definition || Object.hasOwn(links, definition.tag) || !readLink(definition.href)) return;
      links[definition.tag] = definition;
      rest = rest.slice(definition.raw.length);
    }
  }

  override lheading(src: string): Tokens.Heading | undefined {
    return super.lheading(linesWithin(src, MAX_HEADING_LENGTH));
  }

  override table(src: string): Tokens.Table | undefined {
    return super.table(linesWithin(src, MAX_TABLE_LENGTH));
  }

  override blockquote(src: string): Tokens.Blockquote | undefined {
    return this.deeper(() => super.blockquote(src));
  }

  override list(src: string): Tokens.List | undefined {
    return this.deeper(() => super.list(src));
  }

  override emStrong(
    src: string,
    maskedSrc: string,
    prevChar?: string,
  ): Tokens.Em | Tokens.Strong | undefined {
    return this.deeper(() => super.emStrong(src, maskedSrc, prevChar));
  }

  /** Two tildes only: one means "about", as in (~5–~7). */
  override del(src: string): Tokens.Del | undefined {
    return src.startsWith("~~") ? this.deeper(() => super.del(src)) : undefined;
  }

  override link(src: string): Tokens.Link | Tokens.Image | undefined {
    return this.deeper(() => super.link(src));
  }

  override reflink(
    ...args: Parameters<Tokenizer["reflink"]>
  ): Tokens.Link | Tokens.Image | Tokens.Text | undefined {
    return this.deeper(() => super.reflink(...args));
  }

  /** Counts depth: marked reads the inside of a construct before the method for it returns. */
  private deeper<Result>(read: () => Result): Result | undefined {
    if (this.depth >= MAX_DEPTH) return undefined;
    this.depth += 1;
    try {
      return read();
    } finally {
      this.depth -= 1;
    }
  }
}

/** The first whole lines of a text, of at most `length` UTF-16 units together. */
function linesWithin(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, text.lastIndexOf("\n", length) + 1);
}
