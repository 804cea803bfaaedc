export * from "./spelling.ts";
export * from "./terms.ts";
export * from "./words.ts";
