import { CORE_SCHEMA, constructFromEvents, EVENT_ID, type Event, parseEvents } from "js-yaml";

/**
 * The value of a YAML text, or null if the text is anything else than one document without tags, anchors and aliases.
 * js-yaml takes a fifth of the time of the package `yaml`, which in return knows the line of each value: the content is
 * read by the one, and a mistake in it is explained by the other.
 */
export function readPlainYaml(text: string): { value: unknown } | null {
  try {
    const events = parseEvents(text, {});
    const documents = events.filter(({ type }) => type === EVENT_ID.DOCUMENT);
    if (documents.length !== 1 || !events.every(isPlain)) return null;
    const [value] = constructFromEvents(events, { source: text, schema: CORE_SCHEMA });
    return { value };
  } catch {
    return null;
  }
}

function isPlain(event: Event): boolean {
  if (event.type === EVENT_ID.ALIAS) return false;
  if (event.type === EVENT_ID.DOCUMENT) return event.directives.length === 0;
  return event.type === EVENT_ID.POP || (event.anchorStart === -1 && event.tagStart === -1);
}
