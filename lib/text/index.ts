export * from "./spelling.ts";
export * from "./terms.ts";
