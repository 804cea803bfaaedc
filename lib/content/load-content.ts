import type { RiskExample, RiskRule } from "../risk/index.ts";
import { type ContentFolder, openContentFolder } from "./files/content-folder.ts";
import { type MediaFolder, openMediaFolder } from "./files/media-folder.ts";
import { contentError, type Mistake } from "./files/mistakes.ts";
import type { YamlFile } from "./files/yaml-file.ts";
import type { Flow } from "./flows/flow.ts";
import { loadFlows } from "./flows/load-flows.ts";
import { type LibraryContent, loadLibrary } from "./library/knowledge.ts";
import { withMedia } from "./library/passages.ts";
import { createLanguageChooser } from "./locales/languages.ts";
import type { LocalText } from "./locales/local-text.ts";
import { type Locale, loadLocales } from "./locales/locales.ts";
import type { TextKey } from "./locales/text-keys.ts";
import { createTranslator, type TextValues } from "./locales/translator.ts";
import { loadRisks } from "./risk.ts";
import { loadRiskExamples, withEverydayMessages } from "./risk-examples.ts";
import { type BotSettings, loadBotSettings } from "./settings/bot-settings.ts";
import { loadTopics } from "./topics/load-topics.ts";
import type { Topic } from "./topics/topic.ts";

/** Everything in the content folder, read and checked: values only. */
export interface ContentData extends Required<LibraryContent> {
  /** Changes when, and only when, the content does. */
  version: string;
  /** A hash of each file that was read, by its path in the content folder. */
  files: ReadonlyMap<string, string>;
  /** Every link in these files, as `readLink` gives it: those the operator wrote, and no other text may lead to. */
  links: ReadonlySet<string>;
  bot: BotSettings;
  /** The sentences of each language. */
  locales: ReadonlyMap<string, Locale>;
  /** The guided conversations, by id. */
  flows: Readonly<Record<string, Flow>>;
  /** The top-level topics of the FAQ, in order. */
  topics: readonly Topic[];
  /** The dangers to look for in messages, in the order of the default language; none without a `risk` folder. */
  risks: readonly RiskRule[];
  /** The messages of `risk-examples/`. */
  riskExamples: readonly RiskExample[];
}

/** The content, and what speaks with it. */
export interface Content extends Omit<ContentData, "locales"> {
  /**
   * Messages to learn from what dangers sound like, with the library's questions as everyday ones; empty without a
   * `risk-examples` folder.
   */
  riskExamples: readonly RiskExample[];
  /**
   * The sentence for `key` in `language`, or in the closest supported language, with `values` filled in. The result
   * is Markdown; values are not escaped.
   */
  translate(language: string, key: TextKey, values?: TextValues): string;
  /** A text of a flow or topic in `language`, or in the closest supported language. */
  say(text: LocalText, language: string): string;
  /** The supported language closest to Telegram's `language_code`, such as `fr` for `fr-CA`; otherwise the default. */
  chooseLanguage(languageCode: string | undefined): string;
}

export interface LoadContentOptions {
  /** The folder of the files that flows and topics name. Without it, those files are not checked. */
  mediaFolder?: string;
  /** Called when the code asks for a missing sentence or leaves out a value; a fallback text is shown instead. */
  onMistake?: (message: string) => void;
}

/**
 * Reads and checks the content folder.
 * @throws OperatorError that names every mistake with its file, its line and what to do.
 */
export async function loadContent(folder: string, options: LoadContentOptions = {}): Promise<Content> {
  return contentOf(await readContent(folder, options), options);
}

/** The content that was read. */
export function contentOf({ locales, ...data }: ContentData, { onMistake }: LoadContentOptions): Content {
  const { languages, defaultLanguage } = data.bot;
  const chooseLanguage = createLanguageChooser(languages, defaultLanguage);
  const translate = createTranslator(locales, chooseLanguage, onMistake ?? (() => {}));
  const say = (text: LocalText, language: string): string => text[chooseLanguage(language)] ?? "";
  const riskExamples = withEverydayMessages(data.riskExamples, data);
  return { ...data, riskExamples, translate, say, chooseLanguage };
}

/** As `loadContent`, with nothing but values. */
export async function readContent(folder: string, { mediaFolder }: LoadContentOptions): Promise<ContentData> {
  const mistakes: Mistake[] = [];
  const files = await openContentFolder(folder, mistakes);
  const settings = await loadBotSettings(files, mistakes);
  const bot = settings?.value;
  const languages = bot?.languages ?? (await languagesWithLocale(files));
  const locales = await loadLocales(files, languages, bot?.defaultLanguage, mistakes);
  const library = await loadLibrary(files, languages, bot?.defaultLanguage, mistakes);
  const risks = await loadRisks(files, languages, mistakes);
  const riskExamples = await loadRiskExamples(files, languages, risks, mistakes);
  const media = mediaFolder === undefined ? UNCHECKED : openMediaFolder(mediaFolder);
  const { topics, ids: topicIds } = await loadTopics(files, languages, media, mistakes);
  const flows = await loadFlows(files, { languages, topics, topicIds, media }, mistakes);
  if (settings) mistakes.push(...(await checkOnboarding(files, settings)));
  if (!bot || mistakes.length > 0) throw contentError(folder, mistakes);

  return {
    version: files.version(),
    files: files.hashes(),
    links: files.links(),
    bot,
    locales,
    ...library,
    passages: withMedia(library.passages, topics),
    flows,
    topics,
    risks,
    riskExamples,
  };
}

const UNCHECKED: MediaFolder = { findMistake: async () => null };

/** Checks that the onboarding flow exists. */
async function checkOnboarding(files: ContentFolder, settings: YamlFile<BotSettings>): Promise<Mistake[]> {
  const { onboarding } = settings.value;
  if (onboarding === undefined || (await files.list("flows")).includes(`${onboarding}.yaml`)) return [];
  const text = `"onboarding" names the flow "${onboarding}", but there is no flows/${onboarding}.yaml; write it or correct the name`;
  return [{ file: settings.path, line: settings.lineOf(["onboarding"]), text }];
}

/** Used when `bot.yaml` has mistakes, so that mistakes in the other files are reported in the same run. */
async function languagesWithLocale(files: ContentFolder): Promise<string[]> {
  const names = await files.list("locales");
  return names.filter((name) => name.endsWith(".yaml")).map((name) => name.slice(0, -".yaml".length));
}
