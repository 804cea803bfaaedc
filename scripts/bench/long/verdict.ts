import { median } from "../measuring/median.ts";
import type { CollectionSize } from "./collections.ts";
import { type Bucket, type ProcessState, quantileSince } from "./metrics.ts";

/** The first fifth of the run is warm-up; its second half is compared with the last tenth of the run. */
const WARM_FROM = 0.1;
export const WARM_TO = 0.2;
const END_FROM = 0.9;
/** The largest ratio of the end to the state after warm-up. */
const MAX_GROWTH = 1.1;
/** Connections and timers vary with the work in progress, so a few more are not growth. */
const SPARE_RESOURCES = 10;
const MAX_LOOP_P99_MS = 20;
/** Memory grows with the heap in the first minutes; shorter runs are not judged by it. */
const MIN_RUN_MS = 600_000;

/** The state at a time, which is a share of the run. */
export interface Sample extends ProcessState {
  at: number;
}

/** What the bench observed. */
export interface Observations {
  runMs: number;
  samples: readonly Sample[];
  /** After warm-up, and at the end. */
  loop: { before: readonly Bucket[]; after: readonly Bucket[] };
  collections: { before: Sizes; after: Sizes };
  /** The number of people who wrote. */
  people: number;
  /** The bot's standard output and standard error. */
  output: string;
}

type Sizes = Readonly<Record<string, CollectionSize>>;

export interface Verdict {
  lines: readonly string[];
  isWell: boolean;
}

/** Judges growth and event-loop delay after warm-up. */
export function judge(seen: Observations): Verdict {
  const verdicts = [...judgeProcess(seen), judgeListeners(seen.output), judgeLoop(seen.loop)];
  const collections = judgeCollections(seen);
  return {
    lines: [...verdicts, ...collections].map(({ line, isWell }) => (isWell ? line : `${line}  FAILED`)),
    isWell: [...verdicts, ...collections].every(({ isWell }) => isWell),
  };
}

interface LineVerdict {
  line: string;
  isWell: boolean;
}

function judgeProcess({ samples, runMs }: Observations): LineVerdict[] {
  const between = (from: number, to: number): Sample[] => samples.filter(({ at }) => at >= from && at <= to);
  const [warm, end] = [between(WARM_FROM, WARM_TO), between(END_FROM, 1)];
  const compare = (figure: "memoryBytes" | "fileBytes" | "heapBytes" | "handles" | "timers") => {
    const [before, after] = [warm, end].map((part) => median(part.map((sample) => sample[figure])));
    return { before: before ?? Number.NaN, after: after ?? Number.NaN };
  };
  const bytes = (
    title: string,
    figure: "memoryBytes" | "fileBytes" | "heapBytes",
    limit: number,
  ): LineVerdict => {
    const { before, after } = compare(figure);
    const line = grown(title, megabytes(before), megabytes(after));
    return { line: `${line}  ${(after / before).toFixed(2)} ×`, isWell: after / before <= limit };
  };
  const resources = (title: "handles" | "timers"): LineVerdict => {
    const { before, after } = compare(title);
    const isWell = after <= before * MAX_GROWTH + SPARE_RESOURCES;
    return { line: grown(title, String(before), String(after)), isWell };
  };
  const isShort = runMs < MIN_RUN_MS;
  const memory = bytes("memory", "memoryBytes", isShort ? Number.POSITIVE_INFINITY : MAX_GROWTH);
  const note = isShort ? `not judged: less than ${MIN_RUN_MS / 60_000} minutes` : `limit ${MAX_GROWTH} ×`;
  // The heap varies with garbage collection; a leak shows in the process memory.
  return [
    { ...memory, line: `${memory.line} (${note})` },
    bytes("heap", "heapBytes", Number.POSITIVE_INFINITY),
    bytes("files in memory", "fileBytes", Number.POSITIVE_INFINITY),
    resources("handles"),
    resources("timers"),
  ];
}

/** Listeners cannot be counted from outside the process, but Node warns when an emitter has too many. */
function judgeListeners(output: string): LineVerdict {
  const isWell = !output.includes("MaxListenersExceededWarning");
  return { line: `listeners: ${isWell ? "no" : "a"} warning of too many`, isWell };
}

function judgeLoop({ before, after }: Observations["loop"]): LineVerdict {
  const p99Ms = quantileSince(before, after, 0.99);
  const how = "since warm-up, from /metrics, interpolated within its buckets";
  return {
    line: `event loop delay p99 ${p99Ms.toFixed(1)} ms (limit ${MAX_LOOP_P99_MS} ms; ${how})`,
    isWell: p99Ms < MAX_LOOP_P99_MS,
  };
}

/** Collections that do not age out hold data about people, so they may have a document for each person. */
function judgeCollections({ collections: { before, after }, people }: Observations): LineVerdict[] {
  return Object.entries(after).flatMap(([name, { documents, agesOut }]) => {
    const earlier = before[name]?.documents ?? 0;
    if (documents <= earlier) return [];
    const line = `${grown(name, String(earlier), String(documents))}  ${agesOut ? "age out" : "stay"}`;
    return [{ line, isWell: agesOut || documents <= Math.max(people, earlier * MAX_GROWTH) }];
  });
}

function grown(title: string, before: string, after: string): string {
  return `${title.padEnd(18)} ${before.padStart(8)} → ${after.padStart(8)}`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
