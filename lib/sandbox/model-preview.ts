import type { Clock } from "../core/index.ts";

/** What the simulated model does: nothing, answer, answer slowly, fail. */
export const PREVIEW_MODES = ["off", "answers", "slow", "fails"] as const;
export type PreviewMode = (typeof PREVIEW_MODES)[number];

/** A simulated model that the chat page can switch on, to see streaming, waiting places and failures. */
export interface ModelPreview {
  mode(): PreviewMode;
  setMode(mode: PreviewMode): void;
  /** The address and name of the model, which is started when it is first asked for. */
  open(): Promise<{ baseUrl: string; model: string }>;
  close(): Promise<void>;
}

/** Durations of an answer in milliseconds; the slow ones let others wait in line. */
const LATENCY = { firstMs: 900, totalMs: 4_000 };
const SLOW_LATENCY = { firstMs: 12_000, totalMs: 30_000 };
const PIECES = 40;
const MODEL = "simulated-model";

export function createModelPreview(clock: Clock): ModelPreview {
  let mode: PreviewMode = "off";
  let opened: Promise<{ baseUrl: string; stop(): Promise<void> }> | undefined;

  async function start(): Promise<{ baseUrl: string; stop(): Promise<void> }> {
    const { createFakeOpenAi } = await import("./models/index.ts");
    const fake = createFakeOpenAi({
      clock,
      apiKey: "",
      model: MODEL,
      pieces: PIECES,
      keepCalls: 0,
      latency: () => (mode === "slow" ? SLOW_LATENCY : LATENCY),
      fault: () => (mode === "fails" ? { kind: "status", status: 500 } : undefined),
    });
    const { baseUrl } = await fake.start();
    return { baseUrl, stop: fake.stop };
  }

  return {
    mode: () => mode,
    setMode(next) {
      mode = next;
    },
    async open() {
      opened ??= start();
      const { baseUrl } = await opened;
      return { baseUrl, model: MODEL };
    },
    async close() {
      await (await opened)?.stop();
    },
  };
}
