import type { ServerResponse } from "node:http";
import type { Clock } from "../../../core/index.ts";
import type { GeminiFault } from "./faults.ts";
import { googleError } from "./google-error.ts";
import { countTokens } from "./reply.ts";
import type { GenerateRequest } from "./request.ts";

/** The time to the first and to the last piece of an answer. */
export interface AnswerLatency {
  firstMs: number;
  totalMs: number;
}

/** What to answer a call, and how. */
export interface AnswerPlan {
  request: GenerateRequest;
  pieces: readonly string[];
  latency: AnswerLatency;
  fault: GeminiFault | undefined;
  model: string;
}

/** Google's response object for a piece of text or for a whole one. */
export function responseBody(plan: AnswerPlan, text: string, finishReason?: string): object {
  if (plan.fault?.kind === "prompt-blocked") return { promptFeedback: { blockReason: plan.fault.reason } };
  if (plan.fault?.kind === "empty") {
    return { candidates: [{ content: { role: "model" }, finishReason: "STOP", index: 0 }] };
  }
  const promptTokenCount = countTokens(plan.request.system + plan.request.question);
  const candidatesTokenCount = countTokens(plan.pieces.join(""));
  return {
    candidates: [
      {
        content: { parts: [{ text }], role: "model" },
        ...(finishReason ? { finishReason } : {}),
        index: 0,
      },
    ],
    usageMetadata: {
      promptTokenCount,
      candidatesTokenCount,
      totalTokenCount: promptTokenCount + candidatesTokenCount,
    },
    modelVersion: plan.model,
  };
}

/**
 * Writes an answer as server-sent events, piece by piece over its latency, with the planned fault. Does not end the
 * response.
 * @returns whether the answer is complete.
 * @throws the signal's reason when the caller disconnects.
 */
export async function streamAnswer(
  plan: AnswerPlan,
  response: ServerResponse,
  clock: Clock,
  gone: AbortSignal,
): Promise<boolean> {
  const { pieces, latency, fault } = plan;
  const faultAt =
    fault && "afterPieces" in fault ? Math.min(fault.afterPieces, pieces.length - 1) : undefined;
  const gapMs = (latency.totalMs - latency.firstMs) / Math.max(1, pieces.length - 1);
  const pause = async (ms: number): Promise<void> => {
    if (ms > 0) await clock.sleep(ms, gone);
  };
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  response.flushHeaders();
  if (fault?.kind === "prompt-blocked" || fault?.kind === "empty") {
    writeEvent(response, responseBody(plan, ""));
    return false;
  }
  if (fault?.kind === "thoughts") writeEvent(response, thoughtBody(fault.text));
  for (const [index, piece] of pieces.entries()) {
    if (index === faultAt && fault && (await interrupt(plan, fault, response, gone))) return false;
    await pause(fault?.kind === "drip" ? fault.everyMs : index === 0 ? latency.firstMs : gapMs);
    const isLast = index === pieces.length - 1;
    writeEvent(response, responseBody(plan, piece, isLast ? "STOP" : undefined));
  }
  return true;
}

/** Applies a fault inside the stream. @returns whether the stream ends there. */
async function interrupt(
  plan: AnswerPlan,
  fault: GeminiFault,
  response: ServerResponse,
  gone: AbortSignal,
): Promise<boolean> {
  switch (fault.kind) {
    case "stall":
      return await untilGone(gone);
    case "cut":
      await flushed(response);
      response.destroy();
      return true;
    case "end-early":
      return true;
    case "finish":
      writeEvent(response, responseBody(plan, "", fault.reason));
      return true;
    case "stream-error": {
      const { body } = googleError(fault.status, "The stream failed.");
      if (fault.as === "event") response.write("event: error\r\n");
      writeEvent(response, body);
      return true;
    }
    case "garbage":
      response.write("data: {this is not JSON\r\n\r\n");
      return false;
    case "odd-json":
      writeEvent(response, { candidates: "none", usageMetadata: 7 });
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

/** Waits until everything written has left the process, so that breaking the connection does not discard it. */
async function flushed(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    response.write("", () => resolve());
  });
}

function thoughtBody(text: string): object {
  return { candidates: [{ content: { parts: [{ text, thought: true }], role: "model" }, index: 0 }] };
}

function writeEvent(response: ServerResponse, body: object): void {
  response.write(`data: ${JSON.stringify(body)}\r\n\r\n`);
}
