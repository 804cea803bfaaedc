import * as z from "zod";
import type { ContentFolder } from "../files/content-folder.ts";
import { type MediaFolder, refuseMedia } from "../files/media-folder.ts";
import { albumMistake, type MediaItem, mediaOf, mediaShape } from "../files/media-item.ts";
import type { Mistake } from "../files/mistakes.ts";
import { namedFiles, nameSchema } from "../files/names.ts";
import { openYaml, type YamlDocument, type YamlPath } from "../files/yaml-file.ts";
import { withPlainSpaces } from "../library/passages.ts";
import { localTexts, MAX_LABEL_LENGTH } from "../locales/local-text.ts";
import type { FaqEntry, Topic } from "./topic.ts";

export interface LoadedTopics {
  /** The top-level topics without mistakes, in order. */
  topics: Topic[];
  /** The ids of all topics, including those with mistakes. */
  ids: string[];
}

/** Telegram's limit for a keyboard; the bot itself adds up to two buttons. */
const MAX_BUTTONS = 100 - 2;

/** Room in an answer for its question, which is shown above it. */
const QUESTION_RESERVE = MAX_LABEL_LENGTH + 2;

/** The state of reading the folder: the schemas, and the place where each id was first used. */
interface Reading {
  schemas: ReturnType<typeof topicSchemas>;
  topics: Map<string, Spot>;
  entries: Map<string, Spot>;
  /** Media to be checked once everything is read. */
  media: (Spot & { items: readonly MediaItem[] })[];
}

interface Spot {
  document: YamlDocument;
  place: YamlPath;
}

/** Reads and checks `faq/<id>.yaml`. */
export async function loadTopics(
  folder: ContentFolder,
  languages: readonly string[],
  media: MediaFolder,
  mistakes: Mistake[],
): Promise<LoadedTopics> {
  const schemas = topicSchemas(languages);
  const reading: Reading = { schemas, topics: new Map(), entries: new Map(), media: [] };
  const found: { order: number; topic: Topic }[] = [];
  for (const { name, file, mistake } of namedFiles(await folder.list("faq"), "contraception.yaml")) {
    const path = `faq/${file}`;
    if (mistake) {
      mistakes.push({ file: path, text: mistake });
      continue;
    }
    const text = await folder.read(path);
    const document = text && openYaml(text, mistakes);
    const order = document?.check(["order"], schemas.order) ?? Infinity;
    const topic = document && readTopic(document, [], name, reading);
    if (topic) found.push({ order, topic });
  }
  for (const { document, place, items } of reading.media) await refuseMedia(document, place, items, media);
  // Topics without an order come last, sorted by name.
  const topics = found.toSorted((a, b) => (a.order < b.order ? -1 : Number(a.order > b.order)));
  return { topics: topics.map(({ topic }) => topic), ids: [...reading.topics.keys()] };
}

/** Creates the schemas once, since creating a schema takes longer than using it. */
function topicSchemas(languages: readonly string[]) {
  const texts = localTexts(languages);
  const listed = z.array(z.unknown()).default([]);
  const shape = {
    title: texts.label(),
    emoji: z.string().trim().regex(EMOJI, "must be one emoji").optional(),
    intro: texts.message(MAX_LABEL_LENGTH).optional(),
    topics: listed,
    questions: listed,
  };
  return {
    order: z.number().default(Infinity),
    /** The id of a top-level topic is the name of its file. */
    file: z.strictObject({ order: z.unknown().optional(), ...shape }),
    topic: z.strictObject({ id: nameSchema, ...shape }),
    entry: z
      .strictObject({
        id: nameSchema,
        question: texts.label(),
        answer: texts.message(QUESTION_RESERVE),
        sections: z.array(z.string().transform(withPlainSpaces)).max(20).default([]),
        ...mediaShape,
      })
      .transform(
        ({ id, question, answer, sections, ...media }): FaqEntry => ({
          id,
          question,
          answer,
          sections,
          media: mediaOf(media),
        }),
      ),
  };
}

function readTopic(document: YamlDocument, place: YamlPath, id: string, reading: Reading): Topic | null {
  const isUnique = useOnce(document, place, id, reading.topics, "topic");
  const { file, topic } = reading.schemas;
  const written = place.length === 0 ? document.check(place, file) : document.check(place, topic);
  const topics = readAll(document, [...place, "topics"], (spot) => {
    const childId = document.check([...spot, "id"], nameSchema);
    return childId === null ? null : readTopic(document, spot, childId, reading);
  });
  const entries = readAll(document, [...place, "questions"], (spot) => readEntry(document, spot, reading));
  if (!written || !topics || !entries || !isUnique) return null;
  const { title, emoji, intro } = written;
  const count = topics.length + entries.length;
  if (count === 0) document.refuse([...place, "questions"], "is empty; add a question, or topics below it");
  if (count > MAX_BUTTONS)
    document.refuse([...place, "questions"], `makes ${count} buttons; use at most ${MAX_BUTTONS}`);
  const tooLong = Object.values(title).some((text) => `${emoji ?? ""} ${text}`.length > MAX_LABEL_LENGTH);
  if (emoji && tooLong)
    document.refuse(
      [...place, "title"],
      `is too long with its emoji; use at most ${MAX_LABEL_LENGTH} characters`,
    );
  return {
    id,
    title,
    ...(emoji === undefined ? {} : { emoji }),
    ...(intro === undefined ? {} : { intro }),
    topics,
    entries,
  };
}

/** One emoji or flag, including modifiers and joiners. */
const EMOJI = /^[\p{Extended_Pictographic}\p{Emoji_Component}\p{Emoji_Modifier}]{1,16}$/u;

function readEntry(document: YamlDocument, place: YamlPath, reading: Reading): FaqEntry | null {
  const entry = document.check(place, reading.schemas.entry);
  if (!entry) return null;
  reading.media.push({ document, place, items: entry.media });
  const mistake = albumMistake(entry.media);
  if (mistake) document.refuse(place, mistake);
  return useOnce(document, place, entry.id, reading.entries, "question") && !mistake ? entry : null;
}

/** Reads every entry of a list; null when one of them has mistakes. */
function readAll<T>(document: YamlDocument, place: YamlPath, read: (spot: YamlPath) => T | null): T[] | null {
  const written = document.at(place);
  if (!Array.isArray(written)) return []; // reported by the topic's schema
  const entries = written.map((_entry, index) => read([...place, index]));
  return entries.includes(null) ? null : entries.filter((entry) => entry !== null);
}

/** Registers an id; false, and reported, when it is used already. */
function useOnce(
  document: YamlDocument,
  place: YamlPath,
  id: string,
  used: Map<string, Spot>,
  kind: string,
): boolean {
  const earlier = used.get(id);
  if (earlier === undefined) {
    used.set(id, { document, place });
    return true;
  }
  const line = earlier.document.lineOf(earlier.place);
  const where = `${earlier.document.path}, line ${line}`;
  document.refuse([...place, "id"], `names a ${kind} "${id}", and so does ${where}; rename one`);
  return false;
}
