import type { ServerResponse } from "node:http";
import type { Clock } from "../../core/index.ts";
import type { ModelFault } from "./faults.ts";
import type { Reply, Wire } from "./wire.ts";

/** The time to the first and to the last piece of an answer. */
export interface AnswerLatency {
  firstMs: number;
  totalMs: number;
}

/** What to answer a call, and how. */
export interface AnswerPlan {
  reply: Reply;
  pieces: readonly string[];
  latency: AnswerLatency;
  fault: ModelFault | undefined;
}

/**
 * Writes an answer as server-sent events, piece by piece over its latency, with the planned fault. Does not end the
 * response.
 * @returns whether the answer is complete.
 * @throws the signal's reason when the caller disconnects.
 */
export async function streamAnswer(
  plan: AnswerPlan,
  wire: Wire,
  response: ServerResponse,
  clock: Clock,
  gone: AbortSignal,
): Promise<boolean> {
  const { reply, pieces, latency, fault } = plan;
  const { events } = wire;
  const faultAt =
    fault && "afterPieces" in fault ? Math.min(fault.afterPieces, pieces.length - 1) : undefined;
  const gapMs = (latency.totalMs - latency.firstMs) / Math.max(1, pieces.length - 1);
  const pause = async (ms: number): Promise<void> => {
    if (ms > 0) await clock.sleep(ms, gone);
  };
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  response.flushHeaders();
  if (fault?.kind === "prompt-blocked") {
    const blocked = wire.blocked(reply, fault.reason);
    response.write(events.data("body" in blocked ? blocked.body : blocked.error.body));
    return false;
  }
  if (fault?.kind === "empty") {
    response.write(events.data(wire.empty(reply)) + events.end(reply));
    return false;
  }
  response.write(events.begin(reply));
  if (fault?.kind === "thoughts") response.write(events.thought(reply, fault.text));
  for (const [index, piece] of pieces.entries()) {
    if (index === faultAt && fault && (await interrupt(plan, fault, wire, response, gone))) return false;
    await pause(fault?.kind === "drip" ? fault.everyMs : index === 0 ? latency.firstMs : gapMs);
    const isLast = index === pieces.length - 1;
    const hasRoom = response.write(events.piece(reply, piece, isLast ? "STOP" : undefined));
    if (!hasRoom) await flushed(response, gone);
  }
  response.write(events.end(reply));
  return true;
}

/** Applies a fault inside the stream. @returns whether the stream ends there. */
async function interrupt(
  { reply }: AnswerPlan,
  fault: ModelFault,
  { errors, events }: Wire,
  response: ServerResponse,
  gone: AbortSignal,
): Promise<boolean> {
  switch (fault.kind) {
    case "stall":
      return await untilGone(gone);
    case "cut":
      await flushed(response, gone);
      response.destroy();
      return true;
    case "end-early":
      return true;
    case "finish":
      response.write(events.piece(reply, "", fault.reason) + events.end(reply));
      return true;
    case "stream-error": {
      const { body } = errors.of(fault.status, "The stream failed.");
      response.write((fault.as === "event" ? "event: error\r\n" : "") + events.data(body));
      return true;
    }
    case "garbage":
      response.write("data: {this is not JSON\r\n\r\n");
      return false;
    case "odd-json":
      response.write(events.data({ candidates: "none", choices: "none", usageMetadata: 7 }));
      return false;
    case "comment":
      response.write(": keep-alive\r\n\r\n");
      return false;
    default:
      return false;
  }
}

/** Rejects when the caller disconnects; never resolves. */
export async function untilGone(gone: AbortSignal): Promise<never> {
  gone.throwIfAborted();
  return await new Promise<never>((_resolve, reject) => {
    gone.addEventListener("abort", () => reject(gone.reason as Error), { once: true });
  });
}

/**
 * Waits until everything written has left the process: so that breaking the connection does not discard it, and a
 * caller who reads slowly is not sent more.
 */
async function flushed(response: ServerResponse, gone: AbortSignal): Promise<void> {
  gone.throwIfAborted();
  const written = new AbortController();
  try {
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => reject(gone.reason as Error);
      gone.addEventListener("abort", leave, { once: true, signal: written.signal });
      response.write("", () => resolve());
    });
  } finally {
    written.abort();
  }
}
