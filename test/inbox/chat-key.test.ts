import { expect } from "chai";
import { chatKeyOf } from "../../lib/inbox/chat-key.ts";

const cases: [string, object, string][] = [
  ["a message goes to its chat", { message: { chat: { id: 5 }, from: { id: 9 } } }, "chat:5"],
  [
    "a topic's message goes to its thread",
    { message: { chat: { id: -5 }, is_topic_message: true, message_thread_id: 3 } },
    "chat:-5:3",
  ],
  [
    "a stopped draft goes to the thread of its question",
    { stopped_message_generation: { chat: { id: 5 }, message_thread_id: 3, draft_id: 2 } },
    "chat:5:3",
  ],
  [
    "a reply outside topics stays in its chat",
    { message: { chat: { id: -5 }, message_thread_id: 3 } },
    "chat:-5",
  ],
  [
    "a press goes to the chat of its message",
    { callback_query: { from: { id: 9 }, message: { chat: { id: 5 } } } },
    "chat:5",
  ],
  ["an update without a chat goes to its user", { poll_answer: { user: { id: 9 } } }, "user:9"],
  ["an inline query goes to its user", { inline_query: { from: { id: 9 } } }, "user:9"],
  ["an unknown kind has a mailbox of its own", { brand_new_kind: { thing: 1 } }, "kind:brand_new_kind"],
  ["rubbish has one too", { message: "text" }, "kind:none"],
  ["an update with nothing in it as well", {}, "kind:none"],
  ["a chat id that is no number is no chat", { message: { chat: { id: { $gt: 0 } } } }, "kind:message"],
];

describe("chatKeyOf", () => {
  for (const [title, content, key] of cases) {
    it(title, () => {
      expect(chatKeyOf({ update_id: 1, ...content })).to.equal(key);
    });
  }
});
