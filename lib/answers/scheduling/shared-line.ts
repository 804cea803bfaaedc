import type { BreakerState } from "../answer.ts";
import type { BreakerRules } from "./model-breaker.ts";
import type { CallLoad, DayProbeRules } from "./model-quota.ts";

/** The limits of a model that hold for all instances together; what is missing has no limit. */
export interface SharedLimits {
  maxConcurrent: number;
  requestsPerMinute?: number | undefined;
  tokensPerMinute?: number | undefined;
  requestsPerDay?: number | undefined;
}

/** Calls that began at about the same time. */
export interface UseAt {
  ageMs: number;
  requests: number;
  promptTokens: number;
}

/** The provider said that no request is left today. */
export interface ClosedDay {
  /** When one call may find out whether that still holds, in milliseconds. */
  probeInMs: number;
  /** The pause between such calls, in milliseconds. */
  probeMs: number;
}

/** How all instances use a model, as known a moment ago. */
export interface SharedUse {
  /** How many calls may be in flight now. */
  limit: number;
  inFlight: number;
  /** Who waits, everywhere: people, and all including background work. */
  queued: { people: CallLoad; all: CallLoad };
  /** The calls of the last minute. */
  recent: readonly UseAt[];
  requestsToday: number;
  /** Null unless the provider said so. */
  closedDay: ClosedDay | null;
  /** How long no call may begin because the provider asked for a pause, in milliseconds. */
  pauseMs: number;
  breaker: { state: BreakerState; probeInMs: number };
}

/** A call that waits. */
export interface SharedCall {
  /** See `newId`. */
  id: string;
  /** The highest goes first. */
  priority: number;
  /** How many later ones of its priority may go first. */
  penalty: number;
  promptTokens: number;
}

/** What a call showed, for the limits of all. */
export interface CallEnd {
  /** `unmade`: it was not made, and uses nothing. */
  outcome: "answered" | "outage" | "rate-limit" | "day-spent" | "unmade" | "other";
  /** Replaces the estimate. */
  promptTokens?: number | undefined;
  /** How long the provider wants no call, in milliseconds. */
  retryAfterMs?: number | undefined;
}

/** How the line decides, besides the limits. */
export interface LineRules {
  /** Length of the window of the limits "per minute", in milliseconds. */
  windowMs: number;
  /** From this priority on it is people who wait. */
  peoplePriority: number;
  breaker: BreakerRules;
  dayProbe: DayProbeRules;
}

/** This instance, as the line knows it. */
export interface LineMember {
  limits: SharedLimits;
  rules: LineRules;
  /** The requests of the present day by the database, and the day's name. */
  today(): { day: string; requests: number };
  /** The calls of the last minute before this start. */
  before?: UseAt | undefined;
  /** A call that waits may begin. @returns whether it does */
  granted(id: string): boolean;
  /** What all use has changed, or is not known any more. */
  changed(): void;
}

/**
 * A model's limits as all instances use them together, and the one line of those who wait for it. While it cannot be
 * reached, each instance keeps to its share.
 */
export interface SharedLine {
  follow(member: LineMember): void;
  /** Null while it cannot be known. */
  use(): SharedUse | null;
  /** While `use` is null: this instance's part of the calls of the last minute. */
  ownPart(): UseAt[];
  /** While `use` is null: how many calls may be in flight here; 0 until all others know that it keeps to its share. */
  places(limit: number): number;
  /** This instance's part of a limit; at least 1. */
  share(limit: number): number;
  /** An id for a call, unique among all instances. */
  newId(): string;
  /** Enters the line, at once. Resolves when the call was granted or its place is known, or cannot be. Never rejects. */
  enter(call: SharedCall): Promise<void>;
  /** What is ahead of a call that waits; undefined when that is not known. */
  ahead(id: string): CallLoad | undefined;
  /** A call is not made: it leaves the line, or gives back its place. */
  leave(id: string): void;
  /** A call begins, granted or by this instance's share. */
  began(id: string, promptTokens: number): void;
  ended(id: string, end: CallEnd): void;
}
