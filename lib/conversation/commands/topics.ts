import type { FaqEntry, Topic } from "../../content/index.ts";
import type { InlineKeyboardMarkup } from "../../telegram/index.ts";
import type { Exchange } from "../exchange.ts";
import type { Commands, Feature } from "../feature.ts";
import { escapeMarkdown } from "../plain-text.ts";
import type { ConversationContent } from "../ports.ts";
import type { Reply } from "../replies.ts";

type Button = InlineKeyboardMarkup["inline_keyboard"][number][number];

/** `/topics`: the FAQ by topic, several levels deep, in one message that is edited as people tap through it. */
export interface Topics extends Feature, Commands<"topics"> {
  /** Shows a topic in a new message. */
  open(topicId: string, exchange: Exchange): Reply[];
}

/** Telegram's limit of 100 buttons, less the one that leads back. */
const MAX_BUTTONS = 99;

export function createTopics(content: ConversationContent): Topics {
  const label = (topic: Topic, language: string): string =>
    [topic.emoji, content.say(topic.title, language)].filter(Boolean).join(" ");

  function rows(topics: readonly Topic[], entries: readonly FaqEntry[], language: string): Button[][] {
    const below = topics.map((topic) => ({
      text: label(topic, language),
      callback_data: `topic:${topic.id}`,
    }));
    const questions = entries.map(({ id, question }) => ({
      text: content.say(question, language),
      callback_data: `faq:${id}`,
    }));
    return [...below, ...questions].slice(0, MAX_BUTTONS).map((button) => [button]);
  }

  const backRow = (topicId: string, language: string): Button[] => [
    { text: content.translate(language, "topics.back"), callback_data: `topic:${topicId}` },
  ];

  /** Buttons for the flows, which run in private chats only; the onboarding flow is not listed. */
  function flowRows({ language, isPrivate }: Exchange): Button[][] {
    if (!isPrivate) return [];
    return Object.values(content.flows)
      .filter(({ id }) => id !== content.bot.onboarding)
      .map(({ id, title }) => [{ text: `🧭 ${content.say(title, language)}`, callback_data: `begin:${id}` }]);
  }

  function overview(exchange: Exchange): Reply {
    const { language } = exchange;
    const key = content.topics.length > 0 ? "topics.title" : "topics.empty";
    const inline_keyboard = [...rows(content.topics, [], language), ...flowRows(exchange)].slice(
      0,
      MAX_BUTTONS,
    );
    return {
      markdown: content.translate(language, key),
      ...(inline_keyboard.length > 0 ? { keyboard: { inline_keyboard } } : {}),
    };
  }

  function topicReply({ topic, parentId }: FoundTopic, language: string): Reply {
    const title = `**${escapeMarkdown(label(topic, language))}**`;
    return {
      markdown: topic.intro ? `${title}\n\n${content.say(topic.intro, language)}` : title,
      keyboard: {
        inline_keyboard: [...rows(topic.topics, topic.entries, language), backRow(parentId, language)],
      },
    };
  }

  function entryReply({ entry, topicId }: FoundEntry, language: string): Reply {
    const question = escapeMarkdown(content.say(entry.question, language));
    return {
      markdown: `**${question}**\n\n${content.say(entry.answer, language)}`,
      keyboard: { inline_keyboard: [backRow(topicId, language)] },
    };
  }

  return {
    commands: {
      topics: async (exchange) => [overview(exchange)],
    },

    presses: {
      async topic(exchange, { value, messageId }) {
        const { language } = exchange;
        if (value === "") return [{ ...overview(exchange), editsMessage: messageId }];
        const found = findTopic(content.topics, value);
        return found ? [{ ...topicReply(found, language), editsMessage: messageId }] : null;
      },
      async faq({ language }, { value, messageId }) {
        const found = findEntry(content.topics, value);
        if (!found) return null;
        const reply = entryReply(found, language);
        const { media } = found.entry;
        // A text message cannot be edited into one with media.
        return [media.length > 0 ? { ...reply, media } : { ...reply, editsMessage: messageId }];
      },
    },

    open(topicId, exchange) {
      const found = findTopic(content.topics, topicId);
      return [found ? topicReply(found, exchange.language) : overview(exchange)];
    },
  };
}

interface FoundTopic {
  topic: Topic;
  /** Empty at the top. */
  parentId: string;
}

interface FoundEntry {
  entry: FaqEntry;
  topicId: string;
}

function findTopic(topics: readonly Topic[], id: string, parentId = ""): FoundTopic | undefined {
  for (const topic of topics) {
    const found = topic.id === id ? { topic, parentId } : findTopic(topic.topics, id, topic.id);
    if (found) return found;
  }
  return undefined;
}

function findEntry(topics: readonly Topic[], id: string): FoundEntry | undefined {
  for (const topic of topics) {
    const entry = topic.entries.find((known) => known.id === id);
    const found = entry ? { entry, topicId: topic.id } : findEntry(topic.topics, id);
    if (found) return found;
  }
  return undefined;
}
