import { randomUUID } from "node:crypto";
import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { errorCode, type Logger } from "../../core/index.ts";
import type { ClassifierSnapshot } from "./meaning-classifier.ts";
import { contentHash, HASH_BYTES } from "./vector.ts";

/** Vectors by the content hash of the text each is of. */
export type Vectors = ReadonlyMap<string, Float32Array>;

/**
 * Keeps vectors and classifiers from one start to the next. Never fails: what cannot be read or kept is made again.
 * Writes do not overlap.
 */
export interface VectorFiles {
  /** The vectors by `model` that are kept among those wanted. */
  read(model: string, wanted: ReadonlySet<string>): Promise<Vectors>;
  add(model: string, vectors: Vectors): Promise<void>;
  /** Removes vectors that are of none of these texts where they take up much room, and those of other models. */
  tidy(model: string, wanted: ReadonlySet<string>): Promise<void>;
  /** The classifier of a language; null unless it was kept under the same key. */
  readClassifier(language: string, key: string): Promise<ClassifierSnapshot | null>;
  writeClassifier(language: string, key: string, snapshot: ClassifierSnapshot): Promise<void>;
}

/** A file with more vectors than this for each that is wanted is written anew. */
const MOST_SPARE = 1.5;

/** Keeps them in a folder, which is made when something is written. Only the bot's own user can read it. */
export function openVectorFolder(folder: string, logger: Logger): VectorFiles {
  const pathOf = (model: string): string => join(folder, nameOf(model));
  const classifierPath = (language: string): string => join(folder, `${language}.meaning.json`);

  const orWarn = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (errorCode(error) !== "ENOENT")
        logger.warn("The library's embeddings cannot be kept or read; they are made again", { error });
      return otherwise;
    }
  };
  const linesOf = async (model: string): Promise<string[]> =>
    (await readFile(pathOf(model), "latin1")).split("\n").filter((line) => line !== "");
  const replace = async (path: string, text: string): Promise<void> => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // Of a name of its own: several instances may share the folder. `openLearntFiles` removes what was abandoned.
    const unfinished = `${path}.${randomUUID()}.new`;
    await writeFile(unfinished, text, { mode: 0o600 });
    await rename(unfinished, path);
  };

  return {
    read: (model, wanted) =>
      orWarn(async () => {
        const kept = (await linesOf(model)).flatMap((line) => decodeLine(line, wanted) ?? []);
        return new Map(kept.map(({ hash, vector }) => [hash, vector]));
      }, new Map()),
    add: (model, vectors) =>
      orWarn(async () => {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const lines = [...vectors].map(([hash, vector]) => encodeLine(hash, vector));
        // Begins with a line end, in case the process died while it wrote the line before.
        await appendFile(pathOf(model), `\n${lines.join("\n")}\n`, { mode: 0o600 });
      }, undefined),
    tidy: (model, wanted) =>
      orWarn(async () => {
        for (const name of await readdir(folder)) {
          if (name.startsWith("vectors-") && name !== nameOf(model)) await rm(join(folder, name));
        }
        const lines = await linesOf(model);
        if (lines.length <= MOST_SPARE * wanted.size) return;
        const used = new Map(lines.map((line) => [hashIn(line), line]));
        const left = [...used].flatMap(([hash, line]) => (wanted.has(hash) ? [line] : []));
        await replace(pathOf(model), `${left.join("\n")}\n`);
      }, undefined),
    readClassifier: (language, key) =>
      orWarn(
        async () => decodeClassifier(key, JSON.parse(await readFile(classifierPath(language), "utf8"))),
        null,
      ),
    writeClassifier: (language, key, snapshot) =>
      orWarn(
        () => replace(classifierPath(language), JSON.stringify(encodeClassifier(key, snapshot))),
        undefined,
      ),
  };
}

function nameOf(model: string): string {
  return `vectors-${contentHash(model).slice(0, 12)}.txt`;
}

/** A line: the hash, the length, the factor of all components, and each of them in a byte (base64). */
function encodeLine(hash: string, vector: Float32Array): string {
  const factor = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9) / 127;
  const bytes = Int8Array.from(vector, (value) => Math.round(value / factor));
  return `${hash} ${vector.length} ${factor.toPrecision(6)} ${Buffer.from(bytes.buffer).toString("base64")}`;
}

/** Null for a vector that is not wanted, or a line that was cut short. */
function decodeLine(
  line: string,
  wanted: ReadonlySet<string>,
): { hash: string; vector: Float32Array } | null {
  const hash = hashIn(line);
  if (!wanted.has(hash)) return null;
  const [, length, factor, base64 = ""] = line.split(" ");
  const bytes = new Int8Array(Buffer.from(base64, "base64"));
  if (bytes.length === 0 || bytes.length !== Number(length) || !(Number(factor) > 0)) return null;
  return { hash, vector: Float32Array.from(bytes, (value) => value * Number(factor)) };
}

function hashIn(line: string): string {
  return line.slice(0, HASH_BYTES * 2);
}

const classifierSchema = z.object({
  key: z.string(),
  labels: z.array(z.string().nullable()).min(1),
  mean: z.base64(),
  weights: z.base64(),
});

function encodeClassifier(key: string, { labels, mean, weights }: ClassifierSnapshot): object {
  return { key, labels, mean: base64Of(mean), weights: base64Of(weights) };
}

function base64Of({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

function decodeClassifier(key: string, body: unknown): ClassifierSnapshot | null {
  const { data } = classifierSchema.safeParse(body);
  if (data?.key !== key) return null;
  const [mean, weights] = [floatsOf(data.mean), floatsOf(data.weights)];
  const isWhole = mean.length > 0 && weights.length === mean.length * data.labels.length;
  return isWhole ? { labels: data.labels, mean, weights } : null;
}

function floatsOf(base64: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(base64, "base64")); // a copy begins at a multiple of four
  return new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / Float32Array.BYTES_PER_ELEMENT));
}
