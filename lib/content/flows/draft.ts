import type { YamlDocument, YamlPath } from "../files/yaml-file.ts";
import type { FlowNode } from "./flow.ts";
import type { Steps } from "./graph.ts";

/**
 * Reads the value at a place as a step; null when it has mistakes. Factories of readers create their zod schemas once,
 * since creating a schema takes longer than using it.
 */
export type StepReader<T = FlowNode> = (document: YamlDocument, place: YamlPath) => T | null;

/** A flow whose steps are read, but whose connections are not checked yet. */
export interface FlowDraft {
  id: string;
  start: string;
  /** The steps that could be read. */
  steps: Steps;
  /** The names of all steps, including those with mistakes. */
  names: readonly string[];
  /** Reports a mistake at a place of the flow's file. */
  refuse(place: YamlPath, text: string): void;
}

/** Everything outside a flow that its steps may refer to. */
export interface FlowReferences {
  languages: readonly string[];
  /** The ids of topics at every level. */
  topicIds: readonly string[];
  flowIds: readonly string[];
}
