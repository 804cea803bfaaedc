import { createHash } from "node:crypto";
import { type Attributes, SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import type { KeptTrace } from "../../performance/index.ts";
import { toHrTime } from "./metrics-producer.ts";

/** The parts of a span that differ. */
interface SpanFacts {
  name: string;
  /** 0 is the traced operation; its calls follow. */
  number: number;
  parent: number | null;
  startMs: number;
  durationMs: number;
  errorCode: string | undefined;
  attributes: Attributes;
}

/** The spans of a kept trace, the traced operation first. Its id is the one in the log's lines. */
export function spansOf(trace: KeptTrace, resource: Resource): ReadableSpan[] {
  const { trace: known, ...fields } = trace.fields;
  const traceId = typeof known === "string" ? known : hex(`${trace.id} ${trace.startedAtMs}`, 32);
  const spanId = (number: number): string => hex(`${traceId} ${number}`, 16);
  const context = (of: number) => ({ traceId, spanId: spanId(of), traceFlags: TraceFlags.SAMPLED });
  const toSpan = (facts: SpanFacts): ReadableSpan => {
    const { number, parent, startMs, durationMs, errorCode } = facts;
    return {
      name: facts.name,
      kind: SpanKind.INTERNAL,
      spanContext: () => context(number),
      ...(parent === null ? {} : { parentSpanContext: context(parent) }),
      startTime: toHrTime(startMs),
      endTime: toHrTime(startMs + durationMs),
      duration: toHrTime(durationMs),
      status:
        errorCode === undefined
          ? { code: SpanStatusCode.UNSET }
          : { code: SpanStatusCode.ERROR, message: errorCode },
      attributes: facts.attributes,
      links: [],
      events: [],
      ended: true,
      resource,
      instrumentationScope: { name: "helpline" },
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    };
  };
  return [
    toSpan({
      name: trace.operation,
      number: 0,
      parent: null,
      startMs: trace.startedAtMs,
      durationMs: trace.durationMs,
      errorCode: trace.errorCode,
      attributes: fields,
    }),
    ...trace.spans.map((span, index) =>
      toSpan({
        name: span.name,
        number: index + 1,
        parent: span.parent === null ? 0 : span.parent + 1,
        startMs: trace.startedAtMs + span.startMs,
        durationMs: span.durationMs,
        errorCode: span.errorCode,
        attributes: { part: span.part },
      }),
    ),
  ];
}

function hex(text: string, digits: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, digits);
}
