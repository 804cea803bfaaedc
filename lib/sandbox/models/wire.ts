import type { IncomingMessage } from "node:http";
import type { ModelFault } from "./faults.ts";
import type { ModelRequest } from "./model-request.ts";

/** An error answer: its status, its JSON, and headers besides the usual ones. */
export interface WireError {
  httpStatus: number;
  body: object;
  headers?: Record<string, string>;
}

/** What an HTTP request asks for. */
export type Target = "describe" | "list" | "embed" | "answer";

/** What a fake knows: the only key it accepts (empty: none may be sent), and its models. */
export interface Known {
  apiKey: string;
  model: string;
  embeddingModel: string;
}

/** A call for an answer as its request asks for it. */
export interface AskedAnswer {
  request: ModelRequest;
  streamed: boolean;
  /** Whether a stream reports its tokens. */
  hasUsage: boolean;
}

/** What an answer is made of. */
export interface Reply {
  asked: AskedAnswer;
  model: string;
  usage: { promptTokens: number; outputTokens: number };
  /** Sent in place of `usage` where the property exists. */
  usageSent?: unknown;
}

/** The errors that faults order. */
export interface WireErrors {
  rateLimited(retryAfterSeconds: number | undefined): WireError;
  dailyQuota(): WireError;
  status(fault: Extract<ModelFault, { kind: "status" }>): WireError;
  /** A request or a program that is at fault. */
  of(httpStatus: number, message: string): WireError;
}

/**
 * How one provider's API looks on the wire. What `events` returns is written as it is; finish reasons are given as
 * Gemini names them.
 */
export interface Wire {
  /** The path of the API's root, such as `/v1`. */
  root: string;
  errors: WireErrors;
  route(request: IncomingMessage, known: Known): Target | WireError;
  readAnswer(request: IncomingMessage, body: string, known: Known): AskedAnswer | WireError;
  readTexts(body: string, known: Known): readonly string[] | WireError;
  describe(model: string): object;
  list(known: Known): object;
  vectors(vectors: readonly (readonly number[])[], model: string): object;
  /** A whole answer. */
  whole(reply: Reply, text: string, finish: string): object;
  /** What a prompt that a filter refuses is answered with: an answer, or an error. */
  blocked(reply: Reply, reason: string): { body: object } | { error: WireError };
  /** An answer without content. */
  empty(reply: Reply): object;
  events: {
    /** Before the first piece. */
    begin(reply: Reply): string;
    piece(reply: Reply, text: string, finish: string | undefined): string;
    thought(reply: Reply, text: string): string;
    /** A body as one event. */
    data(body: object): string;
    /** After the last piece. */
    end(reply: Reply): string;
  };
}

export function isWireError(value: unknown): value is WireError {
  return typeof value === "object" && value !== null && "httpStatus" in value;
}
