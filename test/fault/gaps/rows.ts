import { ANN, BEN, BOT, GROUP, NEW_GROUP, NEW_OPERATORS, OPERATOR, OPERATORS } from "./people.ts";
import type { World } from "./world.ts";

/** One kind of update, and what surrounds it. Whatever dies meanwhile, people go on as if nothing were. */
export interface Row {
  /** As in `docs/gaps.md`. */
  name: string;
  /**
   * It looks hours back from presses, which count as made when they are stored: of one that is stored after the clock was
   * set a day ahead, that would be believed.
   */
  isTimed?: boolean;
  /** What was before, undisturbed. */
  before?(world: World): Promise<void>;
  play(world: World): Promise<void>;
}

const MENTION = `@${BOT.username}`;
const PHOTO = [{ file_id: "photo", file_unique_id: "p", width: 90, height: 90 }];

export const ROWS: readonly Row[] = [
  {
    name: "question",
    play: (world) =>
      world.send(
        world.message(ANN, { text: "How do I use a condom?" }),
        world.message(BEN, { text: "And why?" }),
      ),
  },
  {
    name: "question in a group",
    async play(world) {
      await world.send(world.message(ANN, { text: `${MENTION} How do I use it?` }, GROUP));
      await world.send(world.message(BEN, { text: `${MENTION} And why?` }, GROUP));
    },
  },
  {
    name: "question with a file",
    play: (world) => world.send(world.message(ANN, { photo: PHOTO, caption: "What is this?" })),
  },
  {
    name: "album",
    play: (world) =>
      world.send(
        world.message(ANN, { photo: PHOTO, media_group_id: "a", caption: "Which of these?" }),
        world.message(ANN, { photo: PHOTO, media_group_id: "a" }),
        world.message(ANN, { text: "And which is better?" }),
      ),
  },
  {
    name: "guide",
    isTimed: true,
    async play(world) {
      await world.send(world.message(ANN, { text: "/start" }));
      await world.send(world.press(ANN, /English/));
      await world.send(world.message(ANN, { text: "18 or over" }));
      await world.send(world.press(ANN, /Skip/));
    },
  },
  {
    name: "rating with comment",
    before: (world) => world.send(world.message(ANN, { text: "How?" })),
    async play(world) {
      await world.send(world.press(ANN, /👎/));
      await world.send(world.press(ANN, /why/i));
      await world.send(world.message(ANN, { text: "Too short" }), world.message(BEN, { text: "How?" }));
    },
  },
  {
    name: "hand-over, both ways",
    before: (world) => world.send(world.message(ANN, { text: "How?" })),
    async play(world) {
      await world.send(world.pressData(ANN, "person:ask"));
      await world.send(world.message(ANN, { text: "Are you there?" }));
      await world.send(
        world.reply(OPERATOR, OPERATORS, /there/, { text: "Yes, I am." }),
        world.message(ANN, { photo: PHOTO, caption: "Look" }),
      );
      await world.send(world.press(OPERATOR, /End/, OPERATORS));
    },
  },
  {
    name: "broadcast",
    async before(world) {
      for (const person of [ANN, BEN]) await world.send(world.message(person, { text: "How?" }));
    },
    async play(world) {
      await world.send(world.message(OPERATOR, { text: "/broadcast We are closed." }));
      await world.send(world.press(OPERATOR, /Send/));
    },
  },
  {
    name: "erasure",
    isTimed: true,
    async before(world) {
      await world.send(world.message(ANN, { text: "How?" }));
      await world.send(world.message(ANN, { text: `${MENTION} And here?` }, GROUP));
      await world.send(world.message(BEN, { text: `${MENTION} And me?` }, GROUP));
      await world.send(world.message(ANN, { text: "/forget" }));
    },
    play: (world) =>
      world.send(
        world.press(ANN, /Yes, erase/),
        world.message(BEN, { text: `${MENTION} Still there?` }, GROUP),
      ),
  },
  {
    name: "edit",
    async play(world) {
      const question = world.message(ANN, { text: "Why?" });
      await world.send(question);
      await world.send(world.edit(question, "How?"));
    },
  },
  {
    name: "cancel",
    async play(world) {
      world.deliver(world.message(ANN, { text: "How?" }));
      await world.until(() => world.telegram.pending.length === 0);
      await world.send(world.message(ANN, { text: "/cancel" }), world.message(BEN, { text: "And I?" }));
    },
  },
  {
    name: "move of a group",
    async before(world) {
      await world.send(world.message(ANN, { text: `${MENTION} How?` }, GROUP));
      await world.send(world.message(ANN, { text: "How?" }));
      await world.send(world.pressData(ANN, "person:ask"));
    },
    async play(world) {
      world.telegram.moved.set(GROUP.id, NEW_GROUP.id).set(OPERATORS.id, NEW_OPERATORS.id);
      await world.send(
        world.message(ANN, { migrate_to_chat_id: NEW_GROUP.id }, GROUP),
        world.message(OPERATOR, { migrate_to_chat_id: NEW_OPERATORS.id }, OPERATORS),
      );
      await world.send(
        world.message(ANN, { text: `${MENTION} And why?` }, NEW_GROUP),
        world.message(ANN, { text: "Are you there?" }),
      );
      await world.send(world.reply(OPERATOR, NEW_OPERATORS, /there/, { text: "Yes, I am." }));
    },
  },
  {
    name: "reload",
    play: (world) => world.send(world.message(OPERATOR, { text: "/reload" })),
  },
];
