import { Mutex } from "async-mutex";
import { OperatorError } from "../core/index.ts";
import type { Content } from "./load-content.ts";

/** The result of reloading the content. */
export type Reload =
  /** The files that were added, changed or removed; none when nothing changed. */
  | { ok: true; changed: string[]; others?: OtherReloads }
  /** The old content stays in use; `mistakes` has a line for each of the first twenty mistakes in the new files. */
  | { ok: false; mistakes: string };

/** What became of a reload in the other instances. */
export interface OtherReloads {
  /** The instances that have another content, such as because their files differ or have mistakes. */
  differing: readonly string[];
  /** How many did not say what they have. */
  silent: number;
}

/** Content that can be reloaded while the program runs. */
export interface LiveContent {
  /** A view of the current content: each property is read from the version loaded last. */
  content: Content;
  /** Calls `listener` with each new version after it is loaded. */
  onChange(listener: (content: Content) => void): void;
  /** Reads the folder again, and replaces the content when the files have no mistakes. */
  reload(): Promise<Reload>;
}

/**
 * Loads content that can be reloaded.
 * @param load reads it from the folder
 * @throws OperatorError when the first load finds mistakes
 */
export async function createLiveContent(load: () => Promise<Content>): Promise<LiveContent> {
  let current = await load();
  const listeners: ((content: Content) => void)[] = [];
  // Serializes reloads, so that each is compared with the version before it.
  const reloading = new Mutex();

  async function reload(): Promise<Reload> {
    try {
      const next = await load();
      const changed = changedFiles(current.files, next.files);
      if (changed.length > 0) {
        current = next;
        for (const listener of listeners) listener(next);
      }
      return { ok: true, changed };
    } catch (error) {
      if (error instanceof OperatorError) return { ok: false, mistakes: firstMistakes(error.message) };
      throw error;
    }
  }

  return {
    content: viewOf(() => current),
    onChange: (listener) => void listeners.push(listener),
    reload: () => reloading.runExclusive(reload),
  };
}

/** More would fill several messages of a chat. */
const SHOWN_MISTAKES = 20;

/** The heading and the first mistakes, each a line; how many more there are. */
function firstMistakes(message: string): string {
  const [heading = "", ...mistakes] = message.split("\n");
  const left = mistakes.length - SHOWN_MISTAKES;
  const rest = left > 0 ? [`  … and ${left} more, which npm run check-content names`] : [];
  return [heading, ...mistakes.slice(0, SHOWN_MISTAKES), ...rest].join("\n");
}

function viewOf(current: () => Content): Content {
  return {
    get version() {
      return current().version;
    },
    get files() {
      return current().files;
    },
    get links() {
      return current().links;
    },
    get bot() {
      return current().bot;
    },
    get passages() {
      return current().passages;
    },
    get pages() {
      return current().pages;
    },
    get unanswered() {
      return current().unanswered;
    },
    get slang() {
      return current().slang;
    },
    get flows() {
      return current().flows;
    },
    get topics() {
      return current().topics;
    },
    get risks() {
      return current().risks;
    },
    get riskExamples() {
      return current().riskExamples;
    },
    translate: (...args) => current().translate(...args),
    say: (...args) => current().say(...args),
    chooseLanguage: (...args) => current().chooseLanguage(...args),
  };
}

function changedFiles(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  return paths.filter((path) => before.get(path) !== after.get(path)).toSorted();
}
