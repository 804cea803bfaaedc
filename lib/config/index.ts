export { type Config, isLoopback, readConfig } from "./config.ts";
export { SETTINGS, type SettingName } from "./settings.ts";
