import { GoogleGenerativeAIError } from "@google/generative-ai";
import { expect } from "chai";
import { toModelError } from "../../../../lib/answers/models/gemini/gemini-error.ts";
import { readPiece } from "../../../../lib/answers/models/gemini/gemini-response.ts";
import { HttpFailure } from "../../../../lib/answers/models/http.ts";
import { ModelError } from "../../../../lib/answers/models/model-error.ts";

const failed = (status: number, details?: unknown): ModelError =>
  toModelError(
    new HttpFailure(status, { body: { error: { code: status, message: "said by Google", details } } }),
  );

const retryInfo = (retryDelay: unknown): unknown => ({
  "@type": "type.googleapis.com/google.rpc.RetryInfo",
  retryDelay,
});

describe("an error of Gemini", () => {
  for (const [retryDelay, ms] of [
    ["34s", 34_000],
    ["34.074824224s", 34_075],
    ["0s", 0],
    ["soon", undefined],
    [12, 12_000],
    ["-3s", undefined],
  ] as const) {
    it(`asks for a wait of ${ms} ms when RetryInfo says ${JSON.stringify(retryDelay)}`, () => {
      expect(failed(429, [retryInfo(retryDelay)]).retryAfterMs).to.equal(ms);
    });
  }

  it("is of the day's quota only when that is among its violations", () => {
    const violation = (quotaId: string): unknown => ({
      "@type": "type.googleapis.com/google.rpc.QuotaFailure",
      violations: [{ quotaId }],
    });
    const perDay = failed(429, [
      violation("GenerateRequestsPerDayPerProjectPerModel-FreeTier"),
      retryInfo("34s"),
    ]);
    expect(perDay).to.include({ code: "MODEL_DAILY_QUOTA", retryable: false, why: "model-quota" });
    const perMinute = failed(429, [violation("GenerateRequestsPerMinutePerProjectPerModel-FreeTier")]);
    expect(perMinute).to.include({ code: "MODEL_RATE_LIMIT", retryable: true, why: "model-busy" });
  });

  for (const details of [
    undefined,
    null,
    "text",
    [null, 7, "x", {}],
    { "@type": 1 },
    [{ violations: [null] }],
  ]) {
    it(`is read without harm when its details are ${JSON.stringify(details)}`, () => {
      expect(failed(429, details)).to.include({ code: "MODEL_RATE_LIMIT", retryAfterMs: undefined });
    });
  }

  for (const thrown of [
    new GoogleGenerativeAIError("Error reading from the stream"),
    new TypeError("fetch failed"),
    "a string",
    undefined,
  ]) {
    it(`is a broken connection when it is ${String(thrown)}`, () => {
      expect(toModelError(thrown)).to.include({ code: "MODEL_UNREACHABLE", retryable: true });
    });
  }

  it("never repeats what Google or a person said in its own message", () => {
    for (const status of [400, 403, 429, 500, 503, 504]) {
      expect(failed(status).message).not.to.include("said by Google");
    }
  });
});

describe("a piece of a response", () => {
  it("holds the text of all its parts, without thoughts", () => {
    const parts = [
      { text: "thinking", thought: true },
      { text: "One " },
      { functionCall: {} },
      { text: "two" },
    ];
    expect(readPiece({ candidates: [{ content: { parts } }] })).to.deep.equal({
      text: "One two",
      thoughtLength: 8,
    });
  });

  it("counts thoughts as output", () => {
    const usageMetadata = { promptTokenCount: 5, candidatesTokenCount: 7, thoughtsTokenCount: 11 };
    expect(readPiece({ usageMetadata }).usage).to.deep.equal({ promptTokens: 5, outputTokens: 18 });
  });

  for (const body of [
    {},
    { candidates: [] },
    { candidates: [{}] },
    { candidates: [{ content: {} }], news: 1 },
    { candidates: null, promptFeedback: null, usageMetadata: null, error: null },
  ]) {
    it(`may be as bare as ${JSON.stringify(body)}`, () => {
      expect(readPiece(body)).to.deep.equal({ text: "" });
    });
  }

  for (const body of [
    null,
    "text",
    7,
    [],
    { candidates: "x" },
    { candidates: [{ content: { parts: [{ text: 1 }] } }] },
  ]) {
    it(`is refused as malformed when it is ${JSON.stringify(body)}`, () => {
      expect(() => readPiece(body))
        .to.throw(ModelError)
        .with.property("code", "MODEL_MALFORMED");
    });
  }

  it("is the error it carries", () => {
    const body = { error: { code: 429, message: "x", details: [retryInfo("3s")] } };
    expect(() => readPiece(body))
      .to.throw(ModelError)
      .with.property("retryAfterMs", 3_000);
  });
});
