/** The settings at the beginning of a page, between two lines of three hyphens. Group 1 is the YAML, if there is any. */
export const FRONT_MATTER = /^---\n(.*?\n)??---[ \t]*(?:\n|$)/s;
