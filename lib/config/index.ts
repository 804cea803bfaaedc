export { type Config, type Environment, loadConfig, problemWith, readConfig } from "./config.ts";
export { changeEnvText, readEnvFile, type SettingChanges, writeEnvFile } from "./env-file.ts";
export type { ModelConfig } from "./models.ts";
export { SETTINGS, type SettingEntry, type SettingName } from "./settings.ts";
