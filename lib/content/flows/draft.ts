import type { YamlDocument, YamlPath } from "../files/yaml-file.ts";
import type { FlowNode } from "./flow.ts";
import type { Steps } from "./graph.ts";

/**
 * Reads what stands at a place as a step; null when it has mistakes. Whoever makes one makes its schemas first: making
 * them takes longer than using them.
 */
export type StepReader<T = FlowNode> = (document: YamlDocument, place: YamlPath) => T | null;

/** A flow before it is known whether its steps hang together. */
export interface FlowDraft {
  id: string;
  start: string;
  /** The steps that could be read. */
  steps: Steps;
  /** The names of all its steps. */
  names: readonly string[];
  /** Adds a mistake at a place of its file. */
  refuse(place: YamlPath, text: string): void;
}

/** What a flow may name beside its own steps. */
export interface FlowSurroundings {
  languages: readonly string[];
  /** Of every topic, at any level. */
  topicIds: readonly string[];
  flowIds: readonly string[];
}
