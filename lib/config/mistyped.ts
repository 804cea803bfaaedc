import { distance } from "../text/index.ts";
import { SETTINGS, type SettingEntry, type SettingName } from "./settings.ts";

/** More mistakes than this make another word of it: `TELEGRAM_API_ID` is not `TELEGRAM_API_ROOT`. */
const MAX_MISTAKES = 2;
/** First words that variables of other programs have too, such as `HTTPS_PORT`, `LOGLEVEL` or `FTP_PROXY`. */
const COMMON_WORDS = new Set([
  "HTTP",
  "HTTPS",
  "FTP",
  "ALL",
  "NO",
  "LOG",
  "DATA",
  "CONTENT",
  "MEDIA",
  "MODEL",
  "OPENAI",
]);

export interface NamesToCheck {
  /** Every variable that has a value. */
  names: readonly string[];
  /** Those that are written in `.env`, which belongs to Helpline alone. */
  inFile: ReadonlySet<string>;
}

/**
 * The names that were probably meant to be settings, each with the nearest one. The environment also has variables of
 * other programs, so there only names count that cannot well be theirs; and none whose setting has a value.
 */
export function findMistyped({ names, inFile }: NamesToCheck): { name: string; meant: SettingName }[] {
  const values = new Set(names);
  return names.flatMap((name) => {
    if (isSetting(name) || !(inFile.has(name) || isDistinctive(name))) return [];
    const meant = nearestSetting(name);
    return meant === undefined || values.has(meant) ? [] : [{ name, meant }];
  });
}

function isSetting(name: string): boolean {
  const entries: SettingEntry[] = Object.values(SETTINGS);
  return name in SETTINGS || entries.some(({ alias }) => alias === name);
}

function isDistinctive(name: string): boolean {
  const [first = "", ...others] = wordsOf(name);
  return others.length > 0 && !COMMON_WORDS.has(first) && name === name.toUpperCase();
}

function nearestSetting(name: string): SettingName | undefined {
  const written = name.toUpperCase();
  const ranked = (Object.keys(SETTINGS) as SettingName[])
    .map((setting) => ({ setting, mistakes: mistakesIn(written, setting) }))
    .toSorted((a, b) => a.mistakes - b.mistakes);
  const [nearest] = ranked;
  return nearest && nearest.mistakes <= MAX_MISTAKES ? nearest.setting : undefined;
}

function mistakesIn(name: string, setting: SettingName): number {
  const { otherNames }: SettingEntry = SETTINGS[setting];
  if (otherNames?.includes(name)) return 0;
  if (hasWordsMissing(name, setting)) return 1;
  // The difference in length is a lower bound of the distance.
  if (Math.abs(name.length - setting.length) > MAX_MISTAKES) return MAX_MISTAKES + 1;
  return distance(name, setting);
}

/** Whether a name is the setting's with words left out behind the first one, such as `TELEGRAM_TOKEN` or `ADMIN_ID`. */
function hasWordsMissing(name: string, setting: SettingName): boolean {
  const [words, meant] = [wordsOf(name), wordsOf(setting)];
  return words.length > 1 && words[0] === meant[0] && words.every((word) => meant.includes(word));
}

/** Its words, each in the singular. */
function wordsOf(name: string): string[] {
  return name.split("_").map((word) => word.replace(/(?<=..)S$/, ""));
}
