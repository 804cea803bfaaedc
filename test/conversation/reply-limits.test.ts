import { expect } from "chai";
import * as fc from "fast-check";
import type { ReplyFile } from "../../lib/conversation/replies.ts";
import { type Reply, replySends } from "../../lib/conversation/replies.ts";
import { formatMarkdown, type MessageEntity, splitFormatted } from "../../lib/telegram/index.ts";
import { share } from "../support/thorough.ts";
import { EXCHANGE } from "./private-exchange.ts";

const KINDS = ["photo", "video", "audio", "voice", "document", "animation"] as const;
const KEYBOARD = { inline_keyboard: [[{ text: "More", callback_data: "more" }]] };

const words = fc
  .array(fc.constantFrom("word", "**bold**", "_soft_ ", "`code`", "😀", "\n\n", "- item\n", "é"), {
    maxLength: 40,
  })
  .map((all) => all.join(" "));
/** Short and long texts, and those around the limits of captions and messages. */
const text = fc.oneof(
  words,
  fc.tuple(words, fc.constantFrom(30, 120)).map(([part, times]) => part.repeat(times)),
  fc.constantFrom(1023, 1024, 1025, 4095, 4096, 4097, 9000).map((length) => "a".repeat(length)),
  fc.constantFrom(511, 512, 513, 2048, 2049).map((pairs) => "😀".repeat(pairs)),
  fc.constantFrom(1020, 1024, 1025).map((length) => `**${"a".repeat(length)}**`),
);
const media = fc
  .array(fc.constantFrom(...KINDS), { maxLength: 25 })
  .map((kinds) => kinds.map((kind, index): ReplyFile => ({ kind, file: { mediaPath: `${index}` } })));
const reply = fc.record({ markdown: text, media, hasKeyboard: fc.boolean(), isEdit: fc.boolean() }).map(
  ({ markdown, hasKeyboard, isEdit, ...pack }): Reply => ({
    ...pack,
    markdown: isEdit && markdown.trim() === "" ? "edited" : markdown,
    ...(hasKeyboard ? { keyboard: KEYBOARD } : {}),
    ...(isEdit ? { editsMessage: 12 } : {}),
  }),
);

const format = (markdown: string) => splitFormatted(formatMarkdown(markdown));
const sendsOf = (plan: readonly Reply[]) => replySends(EXCHANGE, plan, format);
type Send = ReturnType<typeof sendsOf>[number];

/** The files of a send, as `kind path`. */
function filesOf({ params }: Send): string[] {
  const album = Array.isArray(params.media) ? (params.media as { type: string; media: unknown }[]) : [];
  const lone = KINDS.filter((kind) => kind in params).map((kind) => ({ type: kind, media: params[kind] }));
  return [...album, ...lone].map(
    ({ type, media: file }) => `${type} ${(file as { mediaPath: string }).mediaPath}`,
  );
}

function wordsOf({ params }: Send): string {
  return (params.text ?? params.caption ?? "") as string;
}

/** Fails unless Telegram would take it: the Bot API's pages on sendMessage, sendMediaGroup and captions. */
function expectWithinLimits(send: Send): void {
  const { method, params } = send;
  const entities = (params.entities ?? params.caption_entities ?? []) as MessageEntity[];
  const said = wordsOf(send);
  expect(said.length).to.be.at.most(/Message/.test(method) ? 4096 : 1024);
  if (/Message/.test(method)) expect(said.trim()).not.to.equal("");
  expect(entities).to.have.lengthOf.at.most(100);
  for (const { offset, length } of entities) {
    expect(offset).to.be.at.least(0);
    expect(offset + length).to.be.at.most(said.length);
  }
  if (method === "sendMediaGroup") {
    const kinds = filesOf(send).map((file) => file.split(" ")[0] ?? "");
    expect(kinds).to.have.lengthOf.within(2, 10);
    const allowed = [["photo", "video"], ["audio"], ["document"]];
    expect(
      allowed.some((mix) => kinds.every((kind) => mix.includes(kind))),
      kinds.join(),
    ).to.equal(true);
    expect(params).not.to.have.property("reply_markup");
  } else if (!/Message/.test(method)) {
    expect(filesOf(send)).to.have.lengthOf(1);
  }
}

describe("Whatever replies are made of", () => {
  it("no message is beyond Telegram's limits", () => {
    fc.assert(
      fc.property(fc.array(reply, { maxLength: 3 }), (plan) => {
        for (const send of sendsOf(plan)) expectWithinLimits(send);
      }),
      { numRuns: share(300) },
    );
  });

  it("every file and every word goes out, in order, once", () => {
    fc.assert(
      fc.property(reply, (plan) => {
        const sends = sendsOf([plan]);
        expect(sends.flatMap(filesOf)).to.deep.equal(
          plan.media?.map(({ kind }, index) => `${kind} ${index}`) ?? [],
        );
        const visible = (all: string[]): string => all.join("").replaceAll(/\s/g, "");
        expect(visible(sends.map(wordsOf))).to.equal(
          visible(format(plan.markdown).map((piece) => piece.text)),
        );
      }),
      { numRuns: share(300) },
    );
  });

  it("the buttons are under the last message that can have them", () => {
    fc.assert(
      fc.property(reply, (plan) => {
        const sends = sendsOf([plan]);
        const withButtons = sends.filter(({ params }) => params.reply_markup !== undefined);
        const places = sends.filter(({ method }) => method !== "sendMediaGroup");
        const wants = plan.keyboard !== undefined && places.length > 0;
        expect(withButtons).to.have.lengthOf(wants ? 1 : 0);
        const saying = places.filter((send) => wordsOf(send) !== "");
        if (wants) expect(withButtons[0]).to.equal(saying.at(-1) ?? places.at(-1));
      }),
      { numRuns: share(300) },
    );
  });

  it("the same plan gives the same sends, each with a step of its own", () => {
    fc.assert(
      fc.property(fc.array(reply, { maxLength: 3 }), (plan) => {
        const sends = sendsOf(plan);
        expect(sendsOf(structuredClone(plan))).to.deep.equal(sends);
        expect(sends.map(({ step }) => step)).to.deep.equal(sends.map((_, index) => index + 1));
      }),
      { numRuns: share(100) },
    );
  });
});
