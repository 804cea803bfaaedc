import { z } from "zod";
import { type LocalText, type LocalTextSchemas, localTexts } from "../local-text.ts";
import { albumMistake, MEDIA_KINDS, mediaOf, mediaShape } from "../media-item.ts";
import { nameSchema } from "../names.ts";
import type { YamlDocument, YamlPath } from "../yaml-file.ts";
import { readAct } from "./acts.ts";
import { readAsk } from "./asks.ts";
import { branchSchema } from "./branches.ts";
import type { ChoiceSources } from "./choices.ts";
import type { FlowNode } from "./flow.ts";

/** Each kind of step by the key that makes it one. */
const KIND_KEYS = ["say", "ask", "branch", "act", "end"] as const;

/** Reads one step of a flow; null when it has mistakes. */
export function readStep(document: YamlDocument, place: YamlPath, sources: ChoiceSources): FlowNode | null {
  const written = document.check(place, z.looseObject({}));
  if (!written) return null;
  const kinds = KIND_KEYS.filter((key) => Object.hasOwn(written, key));
  if (kinds.length > 1) {
    document.refuse(place, `has both "${kinds[0]}" and "${kinds[1]}"; make two steps of it`);
    return null;
  }
  if (kinds.length === 0 && !MEDIA_KINDS.some((kind) => Object.hasOwn(written, kind))) {
    document.refuse(place, `does nothing; give it one of ${KIND_KEYS.join(", ")}`);
    return null;
  }
  const texts = localTexts(sources.languages);
  switch (kinds[0]) {
    case "ask":
      return checkAlbum(document, place, readAsk(document, place, texts, sources));
    case "branch":
      return document.check(place, branchSchema);
    case "act":
      return readAct(document, place, texts);
    case "end":
      return checkAlbum(document, place, readEnd(document, place, texts));
    default:
      return checkAlbum(document, place, readSay(document, place, texts));
  }
}

/** A step that is read, unless its media cannot be sent together. */
function checkAlbum(document: YamlDocument, place: YamlPath, step: FlowNode | null): FlowNode | null {
  const mistake = step && "media" in step ? albumMistake(step.media) : null;
  if (mistake) document.refuse(place, mistake);
  return mistake ? null : step;
}

function readSay(document: YamlDocument, place: YamlPath, texts: LocalTextSchemas): FlowNode | null {
  const schema = z
    .strictObject({ say: texts.message().optional(), ...mediaShape, next: nameSchema })
    .transform(({ say, next, ...media }): FlowNode => {
      const text = say === undefined ? {} : { text: say };
      return { kind: "say", ...text, media: mediaOf(media), next };
    });
  return document.check(place, schema);
}

/** `end: true`, or nothing after `end:`, ends without a word. */
function readEnd(document: YamlDocument, place: YamlPath, texts: LocalTextSchemas): FlowNode | null {
  const written = document.at([...place, "end"]);
  const isSilent = written === true || written === null;
  const schema = z
    .strictObject({ end: isSilent ? z.unknown() : texts.message(), ...mediaShape })
    .transform(({ end, ...media }): FlowNode => {
      const text = isSilent ? {} : { text: end as LocalText };
      return { kind: "end", ...text, media: mediaOf(media) };
    });
  return document.check(place, schema);
}
