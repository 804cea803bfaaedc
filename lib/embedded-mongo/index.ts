export { copyEmbeddedData } from "./copy-data.ts";
export { type EmbeddedMongo, type EmbeddedMongoOptions, startEmbeddedMongo } from "./server.ts";
export { canReplaceOpenFiles } from "./storage/environment.ts";
