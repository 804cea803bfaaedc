import { Mutex } from "async-mutex";
import { OperatorError } from "../core/index.ts";
import type { Content } from "./load-content.ts";

/** What came of reading the content again. */
export type Reload =
  /** The files that were added, changed or removed; none when the content is as before. */
  | { ok: true; changed: string[] }
  /** The content before goes on; `mistakes` says why, a line each. */
  | { ok: false; mistakes: string };

/** The content while the program runs. */
export interface LiveContent {
  /** Always the present content: each property is read from the version that was taken over last. */
  content: Content;
  /** Has `listener` told of each new version, once it is taken over. */
  onChange(listener: (content: Content) => void): void;
  /** Reads the folder again and takes it over when it has no mistakes. */
  reload(): Promise<Reload>;
}

/**
 * Keeps content that can be read again.
 * @param load reads it from the folder
 * @throws OperatorError when the first reading finds mistakes
 */
export async function createLiveContent(load: () => Promise<Content>): Promise<LiveContent> {
  let current = await load();
  const listeners: ((content: Content) => void)[] = [];
  // Two operators at once: the second reads what the first has taken over.
  const turn = new Mutex();

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
      if (error instanceof OperatorError) return { ok: false, mistakes: error.message };
      throw error;
    }
  }

  return {
    content: viewOf(() => current),
    onChange: (listener) => void listeners.push(listener),
    reload: () => turn.runExclusive(reload),
  };
}

function viewOf(current: () => Content): Content {
  return {
    get version() {
      return current().version;
    },
    get files() {
      return current().files;
    },
    get bot() {
      return current().bot;
    },
    get passages() {
      return current().passages;
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
    translate: (...args) => current().translate(...args),
    say: (...args) => current().say(...args),
    chooseLanguage: (...args) => current().chooseLanguage(...args),
  };
}

function changedFiles(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  return paths.filter((path) => before.get(path) !== after.get(path)).toSorted();
}
