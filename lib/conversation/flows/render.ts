import type { LocalText } from "../../content/index.ts";
import type { PersonFields } from "../../store/index.ts";
import { menuKeyboard } from "../commands/menu.ts";
import type { Exchange } from "../exchange.ts";
import type { Turn } from "../feature.ts";
import type { ConversationContent } from "../ports.ts";
import type { AskQuestion } from "../questions/asking.ts";
import type { Reply } from "../replies.ts";
import { askReplies } from "./ask-replies.ts";
import type { FlowOutput } from "./walk.ts";

export interface RenderDeps {
  content: ConversationContent;
  ask: AskQuestion;
  /** Opens a topic of the FAQ. */
  openTopic(topic: string, exchange: Exchange): Reply[];
  /** Asks the operators to talk to the person. */
  handOver(exchange: Exchange, reason?: string): Promise<Reply[]>;
}

export interface Rendered {
  replies: Reply[];
  /** The fields to save in the person's profile. */
  saved: PersonFields;
}

/** Turns outputs into replies, from a language choice on in the chosen language. */
export async function renderOutputs(
  outputs: readonly FlowOutput[],
  exchange: Exchange,
  lead: readonly Reply[],
  turn: Turn,
  { content, ask, openTopic, handOver }: RenderDeps,
): Promise<Rendered> {
  const replies = [...lead];
  const saved: Record<string, string> = {};
  let { language } = exchange;
  let questions = 0;

  async function askAssistant(question: LocalText | string): Promise<void> {
    await turn.sendMeanwhile(replies); // the answer may take a while
    const isTheirs = typeof question === "string";
    const text = isTheirs ? question : content.say(question, language);
    const asker: Exchange = {
      ...exchange,
      language,
      person: { _id: exchange.personId, ...exchange.person, ...saved },
    };
    replies.push(...(await ask(asker, { text, part: questions, isRepeated: !isTheirs }, turn)));
    questions += 1;
  }

  for (const output of outputs) {
    switch (output.kind) {
      case "say": {
        const markdown = output.text ? content.say(output.text, language) : "";
        replies.push({ markdown, ...(output.media.length > 0 ? { media: output.media } : {}) });
        break;
      }
      case "ask":
        replies.push(...askReplies(output.ask, language, content));
        break;
      case "save":
        saved[output.field] = output.value;
        if (output.field !== "language" || output.value === language) break;
        language = output.value;
        replies.push({
          markdown: content.translate(language, "language.set"),
          keyboard: menuKeyboard(content, language),
        });
        break;
      case "assistant":
        await askAssistant(output.question);
        break;
      case "topic":
        replies.push(...openTopic(output.topic, { ...exchange, language }));
        break;
      case "hand-over": {
        const reason = handOverReason(output, content);
        replies.push(...(await handOver({ ...exchange, language }, reason)));
        break;
      }
      default:
        output satisfies never;
    }
  }
  return { replies, saved };
}

/** The reason of a hand-over and the person's answers, as plain text in the operators' language. */
function handOverReason(
  { reason, answers }: Extract<FlowOutput, { kind: "hand-over" }>,
  content: ConversationContent,
): string | undefined {
  const { defaultLanguage } = content.bot;
  const lines = answers.map(({ name, said }) => {
    const text = typeof said === "string" ? said : content.say(said, defaultLanguage);
    return `- ${name}: ${text}`;
  });
  const parts = [reason && content.say(reason, defaultLanguage), lines.join("\n")].filter(Boolean);
  return parts.length > 0 ? parts.join("\n\n") : undefined;
}
