import type { HandoverRecord, HandoverStore, PersonalDataStore } from "../../store/index.ts";
import type { Limits } from "../admission/limits.ts";
import type { Exchange } from "../exchange.ts";
import type { Commands, Feature } from "../feature.ts";
import type { ConversationContent } from "../ports.ts";
import type { Reply } from "../replies.ts";
import type { Erasures } from "./erasures.ts";

export interface OwnDataDeps {
  content: ConversationContent;
  personalData: PersonalDataStore;
  erasures: Pick<Erasures, "erase">;
  handovers: HandoverStore;
  /** Tells the operators that a person erased their data. */
  tellForgotten(exchange: Exchange, handover: HandoverRecord): Promise<void>;
  limits: Pick<Limits, "usedToday">;
}

/** In base64 the file stays below MongoDB's limit of 16 MB for a document; Telegram's limit is 50 MB. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;

/** `/mydata` and `/forget`, in private chats only. */
export function createOwnData(deps: OwnDataDeps): Feature & Commands<"mydata" | "forget"> {
  const { content, personalData, erasures, handovers } = deps;

  function privately(exchange: Exchange): Reply[] | null {
    if (exchange.isPrivate) return null;
    return [{ markdown: content.translate(exchange.language, "own_data.private") }];
  }

  async function mydata(exchange: Exchange): Promise<Reply[]> {
    const { personId, language } = exchange;
    const files = dataFiles(await personalData.collect(personId), MAX_FILE_BYTES);
    if (files.length === 0) return [{ markdown: content.translate(language, "own_data.empty") }];
    return files.map((json, index) => {
      const isOnly = files.length === 1;
      const part = { part: index + 1, parts: files.length };
      const file = {
        name: isOnly ? "my-data.json" : `my-data-${index + 1}.json`,
        mimeType: "application/json",
        base64: Buffer.from(json).toString("base64"),
      };
      return {
        markdown:
          index === 0
            ? content.translate(language, "own_data.caption")
            : content.translate(language, "own_data.part", part),
        media: [{ kind: "document" as const, file }],
      };
    });
  }

  function askForget({ language, seq }: Exchange): Reply[] {
    const button = (key: "forget.yes" | "forget.no", value: string) => [
      { text: content.translate(language, key), callback_data: `forget:${value}:${seq}` },
    ];
    const keyboard = { inline_keyboard: [button("forget.yes", "yes"), button("forget.no", "no")] };
    return [{ markdown: content.translate(language, "forget.question"), keyboard }];
  }

  async function forget(exchange: Exchange, messageId: number): Promise<Reply[]> {
    const { personId, person, seq, language } = exchange;
    const handover = person?.handover === undefined ? null : await handovers.find(person.handover);
    if (handover?.isOpen) await deps.tellForgotten(exchange, handover);
    await erasures.erase(personId, seq, await deps.limits.usedToday(exchange));
    const key = person?.barred ? "forget.done_barred" : "forget.done";
    return [{ markdown: content.translate(language, key), editsMessage: messageId }];
  }

  return {
    commands: {
      mydata: async (exchange) => privately(exchange) ?? mydata(exchange),
      forget: async (exchange) => privately(exchange) ?? askForget(exchange),
    },
    presses: {
      async forget(exchange, { value, messageId }) {
        if (!exchange.isPrivate) return null;
        if (value.startsWith("yes:")) return forget(exchange, messageId);
        const markdown = content.translate(exchange.language, "forget.kept");
        return [{ markdown, editsMessage: messageId }];
      },
    },
  };
}

/** The stored data as indented JSON, split into files of at most `maxBytes`, unless a single document is larger. */
export function dataFiles(data: Readonly<Record<string, readonly object[]>>, maxBytes: number): string[] {
  const files: Record<string, object[]>[] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const [collection, documents] of Object.entries(data)) {
    for (const document of documents) {
      const bytes = Buffer.byteLength(JSON.stringify({ [collection]: [document] }, null, 2));
      if (size + bytes > maxBytes) {
        files.push({});
        size = 0;
      }
      const file = files.at(-1) ?? {};
      file[collection] ??= [];
      file[collection].push(document);
      size += bytes;
    }
  }
  return files.map((file) => JSON.stringify(file, null, 2));
}
