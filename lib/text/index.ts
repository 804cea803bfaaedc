export * from "./follow-up.ts";
export * from "./hash.ts";
export * from "./language-name.ts";
export * from "./spelling.ts";
export * from "./terms.ts";
export * from "./words.ts";
