import * as z from "zod";
import { albumMistake, MEDIA_KINDS, mediaOf, mediaShape } from "../files/media-item.ts";
import { nameSchema } from "../files/names.ts";
import type { YamlDocument, YamlPath } from "../files/yaml-file.ts";
import { type LocalText, type LocalTextSchemas, localTexts } from "../locales/local-text.ts";
import { createActReader } from "./acts.ts";
import { createAskReader } from "./asks.ts";
import { branchSchema } from "./branches.ts";
import type { ChoiceSources } from "./choices.ts";
import type { StepReader } from "./draft.ts";
import { type FlowNode, STEP_KINDS } from "./flow.ts";

/** The kinds of steps; a step's kind is the key it has. */
const KINDS = Object.keys(STEP_KINDS) as FlowNode["kind"][];

const anything = z.looseObject({});

/** Creates the reader of a flow's steps. */
export function createStepReader(sources: ChoiceSources): StepReader {
  const texts = localTexts(sources.languages);
  const readers: Record<FlowNode["kind"], StepReader> = {
    say: createSayReader(texts),
    ask: createAskReader(texts, sources),
    branch: (document, place) => document.check(place, branchSchema),
    act: createActReader(texts),
    end: createEndReader(texts),
  };
  return (document, place) => {
    const written = document.check(place, anything);
    if (!written) return null;
    const kinds = KINDS.filter((kind) => Object.hasOwn(written, kind));
    if (kinds.length > 1) {
      document.refuse(place, `has both "${kinds[0]}" and "${kinds[1]}"; make two steps of it`);
      return null;
    }
    if (kinds.length === 0 && !MEDIA_KINDS.some((kind) => Object.hasOwn(written, kind))) {
      document.refuse(place, `does nothing; give it one of ${KINDS.join(", ")}`);
      return null;
    }
    return checkAlbum(document, place, readers[kinds[0] ?? "say"](document, place));
  };
}

/** The step, or null when its media cannot be sent together. */
function checkAlbum(document: YamlDocument, place: YamlPath, step: FlowNode | null): FlowNode | null {
  const mistake = step && "media" in step ? albumMistake(step.media) : null;
  if (mistake) document.refuse(place, mistake);
  return mistake ? null : step;
}

/** For a step with a text, media or both. */
function createSayReader(texts: LocalTextSchemas): StepReader {
  const schema = z
    .strictObject({ say: texts.message().optional(), ...mediaShape, next: nameSchema })
    .transform(({ say, next, ...media }): FlowNode => {
      const text = say === undefined ? {} : { text: say };
      return { kind: "say", ...text, media: mediaOf(media), next };
    });
  return (document, place) => document.check(place, schema);
}

/** `end: true`, or an empty `end:`, ends without a text. */
function createEndReader(texts: LocalTextSchemas): StepReader {
  const silent = endSchema(z.unknown().transform(() => undefined));
  const spoken = endSchema(texts.message());
  return (document, place) => {
    const written = document.at([...place, "end"]);
    return document.check(place, written === true || written === null ? silent : spoken);
  };
}

function endSchema(end: z.ZodType<LocalText | undefined>): z.ZodType<FlowNode> {
  return z.strictObject({ end, ...mediaShape }).transform(({ end: text, ...media }) => ({
    kind: "end",
    ...(text === undefined ? {} : { text }),
    media: mediaOf(media),
  }));
}
