import type { YamlPath } from "../yaml-file.ts";
import type { Steps } from "./graph.ts";

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
