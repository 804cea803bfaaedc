import * as z from "zod";

/** Names of flows, steps, answers, topics and questions; used in callback data and as keys in the database. */
const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const NAME_HINT = "is not a name; use small letters a to z, digits and hyphens, a letter first, at most 32";

/** A name as a value. */
export const nameSchema = z.string().regex(NAME, NAME_HINT);

/** What is wrong with a name used as a key, or null. */
export function nameMistake(name: string): string | null {
  return NAME.test(name) ? null : NAME_HINT;
}

/** The names of the YAML files in a folder, without the extension; other files get a mistake that shows `example`. */
export function namedFiles(
  names: readonly string[],
  example: string,
): { name: string; file: string; mistake: string | null }[] {
  return names.map((file) => {
    const name = file.replace(/\.yaml$/, "");
    const isNamed = file.endsWith(".yaml") && NAME.test(name);
    const hint = `cannot be read; name it like ${example} (small letters a to z, digits, hyphens), or move it away`;
    return { name, file, mistake: isNamed ? null : hint };
  });
}
