export { type Config, readConfig } from "./config.ts";
export { SETTINGS, type SettingName } from "./settings.ts";
