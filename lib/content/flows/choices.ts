import * as z from "zod";
import { languageName } from "../../text/index.ts";
import { nameSchema } from "../files/names.ts";
import type { YamlDocument, YamlPath } from "../files/yaml-file.ts";
import { type LocalText, type LocalTextSchemas, MAX_LABEL_LENGTH } from "../locales/local-text.ts";
import type { Topic } from "../topics/topic.ts";
import type { StepReader } from "./draft.ts";
import type { FlowChoice } from "./flow.ts";

/** The sources of `choices: languages` and `choices: topics`. */
export interface ChoiceSources {
  languages: readonly string[];
  topics: readonly Topic[];
  /** The ids of all topics, including those with mistakes. */
  topicIds: readonly string[];
}

/** Telegram's limits for a keyboard; the bot itself adds skip, back and cancel. */
const MAX_ROW_LENGTH = 8;
const MAX_BUTTONS = 100 - 3;

/** How many languages or topics share a row. */
const LISTED_ROW_LENGTH = 2;

/** Creates the reader of `choices`: `languages`, `topics`, or a list of choices and rows of choices. */
export function createRowsReader(
  texts: LocalTextSchemas,
  sources: ChoiceSources,
): StepReader<FlowChoice[][]> {
  const schema = choiceSchema(texts);
  return (document, place) => {
    const written = document.at(place);
    if (written === "languages")
      return inRows(sources.languages.map((code) => languageChoice(code, sources)));
    if (written === "topics") {
      if (sources.topicIds.length > 0) return inRows(sources.topics.map(topicChoice));
      document.refuse(place, "has nothing to offer; add a topic to faq/");
      return null;
    }
    if (!Array.isArray(written) || written.length === 0) {
      document.refuse(place, 'must be a list of choices, or "languages", or "topics"');
      return null;
    }
    const rows = written.map((entry: unknown, index) => {
      const spot = [...place, index];
      if (!Array.isArray(entry)) return [document.check(spot, schema)];
      if (entry.length === 0) document.refuse(spot, "is an empty row; remove it");
      if (entry.length > MAX_ROW_LENGTH)
        document.refuse(spot, `has ${entry.length} buttons; a row holds at most ${MAX_ROW_LENGTH}`);
      return entry.map((_choice, position) => document.check([...spot, position], schema));
    });
    const choices = rows.flat();
    if (choices.length > MAX_BUTTONS)
      document.refuse(place, `has ${choices.length} buttons; use at most ${MAX_BUTTONS}`);
    const known = rows.map((row) => row.filter((choice) => choice !== null));
    refuseDuplicates(document, place, known, sources.languages);
    return choices.includes(null) ? null : known;
  };
}

function choiceSchema(texts: LocalTextSchemas): z.ZodType<FlowChoice> {
  return z
    .strictObject({
      id: z
        .string()
        .regex(
          /^[a-z0-9][a-z0-9-]{0,31}$/,
          "is not a name; use small letters a to z, digits and hyphens, at most 32",
        ),
      label: texts.label(),
      next: nameSchema.optional(),
    })
    .transform(({ id, label, next }) => ({ id, label, ...(next === undefined ? {} : { next }) }));
}

/** Reports buttons with the same id or the same label. */
function refuseDuplicates(
  document: YamlDocument,
  place: YamlPath,
  rows: readonly (readonly FlowChoice[])[],
  languages: readonly string[],
): void {
  const choices = rows.flat();
  for (const [index, choice] of choices.entries()) {
    const earlier = choices.slice(0, index);
    if (earlier.some(({ id }) => id === choice.id)) {
      document.refuse(place, `has the choice "${choice.id}" twice; rename one`);
    }
    for (const language of languages) {
      const label = choice.label[language];
      const other = earlier.find(({ id, label: one }) => one[language] === label && id !== choice.id);
      if (other)
        document.refuse(place, `has "${label}" on two buttons (${other.id}, ${choice.id}); change one`);
    }
  }
}

function languageChoice(code: string, { languages }: ChoiceSources): FlowChoice {
  const label = languageName(code);
  return { id: code, label: Object.fromEntries(languages.map((language) => [language, label])) };
}

function topicChoice({ id, title, emoji }: Topic): FlowChoice {
  return { id, label: emoji === undefined ? title : withEmoji(emoji, title) };
}

/** A topic's title with its emoji, as the label of a button. */
function withEmoji(emoji: string, title: LocalText): LocalText {
  return Object.fromEntries(
    Object.entries(title).map(([language, text]) => [
      language,
      `${emoji} ${text}`.slice(0, MAX_LABEL_LENGTH),
    ]),
  );
}

function inRows(choices: readonly FlowChoice[]): FlowChoice[][] {
  const rows: FlowChoice[][] = [];
  for (let at = 0; at < choices.length; at += LISTED_ROW_LENGTH)
    rows.push(choices.slice(at, at + LISTED_ROW_LENGTH));
  return rows;
}
