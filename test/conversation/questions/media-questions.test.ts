import { expect } from "chai";
import { type Askable, type Model, openModel } from "../../../lib/answers/index.ts";
import { loadContent } from "../../../lib/content/index.ts";
import type { Exchange } from "../../../lib/conversation/exchange.ts";
import type { Turn } from "../../../lib/conversation/feature.ts";
import { ActiveQuestions } from "../../../lib/conversation/questions/active-questions.ts";
import type { AskedQuestion } from "../../../lib/conversation/questions/asking.ts";
import { createMediaQuestions } from "../../../lib/conversation/questions/media-questions.ts";
import type { FileProblem, IncomingFiles } from "../../../lib/media/index.ts";
import type { ConversationStore, MessageRecord } from "../../../lib/store/index.ts";
import type { Message } from "../../../lib/telegram/index.ts";

const MB = 1024 * 1024;

describe("Questions asked with files", () => {
  let asked: AskedQuestion[];
  let fetched: string[][];
  let removed: number;
  /** What is wrong with a file, by its id. */
  let problems: Record<string, FileProblem>;
  let earlier: MessageRecord | null;
  let askFails: Error | undefined;
  let content: Awaited<ReturnType<typeof loadContent>>;

  before(async () => {
    content = await loadContent("content", {
      mediaFolder: "media",
      onMistake(problem) {
        throw new Error(problem);
      },
    });
  });

  beforeEach(() => {
    [asked, fetched, removed, problems, earlier, askFails] = [[], [], 0, {}, null, undefined];
  });

  /** What a file turns out to be once it is here. */
  const typeOf = (id: string): string => (id.endsWith(".txt") ? "text/plain" : "image/png");

  const files: Pick<IncomingFiles, "receive"> = {
    async receive(fileIds) {
      fetched.push([...fileIds]);
      const good = fileIds.filter((id) => problems[id] === undefined);
      return {
        files: good.map((id) => ({ path: `/${id}`, mimeType: typeOf(id), sizeBytes: 1 })),
        problems: fileIds.flatMap((id) => problems[id] ?? []),
        remove: async () => {
          removed += 1;
        },
      };
    },
  };

  /** What is replied to messages that are handled as one. */
  async function replyTo(
    messages: Partial<Message>[],
    options: { askable?: Askable | ((mimeTypes: readonly string[]) => Askable); isOverBudget?: boolean } = {},
  ): Promise<string[] | null> {
    const { askable = "model", isOverBudget = false } = options;
    const askableFor = typeof askable === "string" ? () => askable : askable;
    const feature = createMediaQuestions({
      bot: { id: 7, username: "helpline_bot" },
      content,
      conversations: { reply: async () => earlier } as unknown as ConversationStore,
      files,
      activeQuestions: new ActiveQuestions({ chatKeyOf: (chatKey) => chatKey }),
      answers: {
        askable: ({ isOverBudget: isSpent, mimeTypes = [] }) =>
          isSpent ? "person-budget" : askableFor(mimeTypes),
      },
      limits: { isOverBudget: async () => isOverBudget },
      ask: async (_exchange, question) => {
        asked.push(question);
        if (askFails) throw askFails;
        return [{ markdown: "answer" }];
      },
    });
    const exchange = {
      seq: 1,
      language: "en",
      person: null,
    } as unknown as Exchange;
    const parts = messages as Message[];
    const turn = {
      parts,
      signal: new AbortController().signal,
      whileWaiting: (wait: (queue: unknown) => unknown) => wait({}),
    } as unknown as Turn;
    const [message] = parts;
    const replies = message ? await feature.messages?.(exchange, message, turn) : null;
    return replies?.map(({ markdown }) => markdown) ?? null;
  }

  const file = (file_id: string) => ({ file_id, file_unique_id: file_id, duration: 1 });
  const photo = (...sizes: [id: string, width: number, bytes: number][]) => ({
    photo: sizes.map(([id, width, file_size]) => ({ ...file(id), width, height: width, file_size })),
  });
  const text = (key: Parameters<typeof content.translate>[1]): string =>
    content.translate("en", key, { limit: content.bot.limits.incomingFileMb });

  it("ask the caption about the file, and delete the file when it is answered", async () => {
    expect(
      await replyTo([{ voice: { ...file("v") }, caption: "@helpline_bot is this normal?" }]),
    ).to.deep.equal(["answer"]);
    expect(asked).to.deep.equal([
      { text: "is this normal?", attachments: [{ path: "/v", mimeType: "image/png", sizeBytes: 1 }] },
    ]);
    expect(removed).to.equal(1);
  });

  it("delete the file when the answer fails, too", async () => {
    askFails = new Error("no answer");
    await replyTo([{ voice: file("v") }]).catch(() => {});
    expect(removed).to.equal(1);
  });

  it("ask a question by the kind of file when there is no caption", async () => {
    const kinds: [Partial<Message>, string][] = [
      [photo(["p", 1, 1]), text("media.about_photo")],
      [{ voice: file("f") }, text("media.about_voice")],
      [{ audio: file("f") }, text("media.about_audio")],
      [{ video: { ...file("f"), width: 1, height: 1 } }, text("media.about_video")],
      [{ video_note: { ...file("f"), length: 1 } }, text("media.about_video")],
      [{ document: file("f") }, text("media.about_document")],
    ];
    for (const [message] of kinds) await replyTo([message]);
    expect(asked.map((question) => question.text)).to.deep.equal(kinds.map(([, question]) => question));
  });

  it("take the largest size of a photo that is not too large", async () => {
    const limit = content.bot.limits.incomingFileMb * MB;
    await replyTo([photo(["small", 90, 10], ["huge", 9_000, limit + 1], ["large", 800, limit])]);
    expect(fetched).to.deep.equal([["large"]]);
  });

  it("are one question with all the files of an album", async () => {
    await replyTo([photo(["a", 1, 1]), photo(["b", 1, 1]), { document: file("c") }]);
    expect(fetched).to.deep.equal([["a", "b", "c"]]);
    expect(asked).to.have.lengthOf(1);
    expect(asked[0]?.attachments).to.have.lengthOf(3);
  });

  it("say kindly why a file cannot be read", async () => {
    const words = {
      "too-large": "media.too_large",
      unsupported: "media.unsupported",
      gone: "media.gone",
    } as const;
    for (const [problem, key] of Object.entries(words)) {
      problems = { f: problem as FileProblem };
      expect(await replyTo([{ document: file("f") }])).to.deep.equal([text(key)]);
    }
    expect(asked).to.deep.equal([]);
    expect(removed).to.equal(3);
  });

  it("are answered from the files that can be read, which is said", async () => {
    problems = { b: "unsupported" };
    expect(await replyTo([{ document: file("a") }, { document: file("b") }])).to.deep.equal([
      "answer",
      text("media.some_left_out"),
    ]);
  });

  for (const [name, options, key] of [
    ["without a model", { askable: "no-model" }, "media.no_model"],
    ["for somebody whose budget is used up", { isOverBudget: true }, "media.person_budget"],
    ["for people under 18", { askable: "under-18" }, "media.under_18"],
    ["for a model that does not read them", { askable: "files-not-read" }, "media.not_read"],
  ] as const) {
    it(`${name} leave the file alone, say so, and answer the caption`, async () => {
      expect(await replyTo([{ voice: file("v") }], options)).to.deep.equal([text(key)]);
      expect(await replyTo([{ voice: file("v"), caption: "help?" }], options)).to.deep.equal([
        "answer",
        text(key),
      ]);
      expect(asked).to.deep.equal([{ text: "help?" }]);
      expect(fetched).to.deep.equal([]);
    });
  }

  describe("of a type that Telegram does not name, for an OpenAI-compatible model that reads only text", () => {
    const document = (id: string, mime_type?: string) => ({
      document: { ...file(id), ...(mime_type === undefined ? {} : { mime_type }) },
      caption: "help?",
    });
    let model: Model;
    before(async () => {
      model = await openModel({ provider: "openai", apiKey: undefined, model: "own:3b", baseUrl: undefined });
    });
    const reading = {
      askable: (types: readonly string[]): Askable =>
        types.every((type) => model.reads(type)) ? "model" : "files-not-read",
    };

    for (const type of [undefined, "application/octet-stream"]) {
      it(`are fetched, and asked about when they turn out to be text (${type})`, async () => {
        expect(await replyTo([document("note.txt", type)], reading)).to.deep.equal(["answer"]);
        expect(asked[0]?.attachments?.map(({ mimeType }) => mimeType)).to.deep.equal(["text/plain"]);
      });

      it(`are kept from the model when they turn out to be something else (${type})`, async () => {
        const replies = await replyTo([document("picture", type)], reading);
        expect(replies).to.deep.equal(["answer", text("media.not_read")]);
        expect(asked).to.deep.equal([{ text: "help?" }]);
        expect(removed).to.equal(1);
      });
    }

    it("are not even fetched when their type is one it does not read", async () => {
      const replies = await replyTo([document("archive", "application/zip")], reading);
      expect(replies).to.deep.equal(["answer", text("media.not_read")]);
      expect(fetched).to.deep.equal([]);
    });
  });

  it("fetch nothing again when they were answered before a crash", async () => {
    earlier = {} as MessageRecord;
    expect(await replyTo([{ voice: file("v") }])).to.deep.equal(["answer"]);
    expect(fetched).to.deep.equal([]);
  });

  it("leave stickers, animations and texts to other features", async () => {
    const animation = { ...file("a"), width: 1, height: 1 };
    expect(await replyTo([{ text: "hello" }])).to.equal(null);
    expect(await replyTo([{ animation, document: file("a") }])).to.equal(null);
  });
});
