import type { MessageEntity } from "node-telegram-bot-api";
import type { FormattedText } from "./formatted-text.ts";
import { readLink } from "./links.ts";

/** Whether the operator wrote a link, as `readLink` gives it. */
export type IsKnownLink = (url: string) => boolean;

/**
 * Keeps links that the operator wrote, and writes the address of every other one after its text, so that no text leads
 * elsewhere than it says: a model can be talked into writing any. Decided by the entities, which are what Telegram
 * shows, whatever Markdown they came from. An address that is not of a web page is left out.
 */
export function withHonestLinks({ text, entities }: FormattedText, isKnown: IsKnownLink): FormattedText {
  const unknown = entities.filter(({ type, url = "" }) => type === "text_link" && !isKnown(url));
  if (unknown.length === 0) return { text, entities };
  const dropped = new Set(unknown);
  const addresses = new Addresses(
    unknown.filter(({ offset, length, url = "" }) => {
      return /^https?:/.test(url) && !isAddress(text.slice(offset, offset + length), url);
    }),
  );
  return {
    text: addresses.insertInto(text),
    entities: entities.filter((entity) => !dropped.has(entity)).map((entity) => addresses.makeRoom(entity)),
  };
}

/** The addresses written behind links, by the place where each goes. */
class Addresses {
  readonly #links: readonly MessageEntity[];
  /** Where each goes, ascending, and how much is inserted up to it. */
  readonly #places: readonly number[];
  readonly #sums: number[] = [];

  constructor(links: readonly MessageEntity[]) {
    this.#links = links;
    this.#places = links.map(endOf);
    let sum = 0;
    for (const link of links) {
      sum += written(link).length;
      this.#sums.push(sum);
    }
  }

  insertInto(text: string): string {
    let from = 0;
    let result = "";
    for (const link of this.#links) {
      result += text.slice(from, endOf(link)) + written(link);
      from = endOf(link);
    }
    return result + text.slice(from);
  }

  /** The entity in the new text. What encloses a link that it ends with encloses its address, too. */
  makeRoom(entity: MessageEntity): MessageEntity {
    const end = endOf(entity);
    const last = this.#links[this.#countUpTo(end) - 1];
    const isAroundLast = last !== undefined && endOf(last) === end && encloses(entity, last);
    const offset = entity.offset + this.#insertedUpTo(entity.offset);
    return {
      ...entity,
      offset,
      length: end + this.#insertedUpTo(isAroundLast ? end : end - 1) - offset,
    };
  }

  /** How much is inserted at `offset` or before it. */
  #insertedUpTo(offset: number): number {
    return this.#sums[this.#countUpTo(offset) - 1] ?? 0;
  }

  /** How many places are at `offset` or before it, by bisection. */
  #countUpTo(offset: number): number {
    let [low, high] = [0, this.#places.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#places[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function endOf({ offset, length }: MessageEntity): number {
  return offset + length;
}

function written({ url = "" }: MessageEntity): string {
  return ` (${url})`;
}

function encloses(entity: MessageEntity, link: MessageEntity): boolean {
  if (entity.offset > link.offset) return false;
  return entity.length > link.length || ENCLOSING.has(entity.type);
}

/** What may be around exactly one link. */
const ENCLOSING: ReadonlySet<string> = new Set(["blockquote"]);

/** Whether a text is the address it links to, which Telegram links by itself. */
function isAddress(text: string, url: string): boolean {
  return [text, `https://${text}`].some((address) => {
    const target = readLink(address.trim());
    return target?.kind === "page" && target.url === url && !/\s/.test(address.trim());
  });
}
