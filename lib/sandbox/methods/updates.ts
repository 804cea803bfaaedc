import { flag, integer } from "../bot-api/params.ts";
import type { Method } from "../chats/world.ts";

/** Telegram's limits for one getUpdates. */
const MAX_UPDATES = 100;
const MAX_TIMEOUT_SECONDS = 50;

export const getUpdates: Method = ({ updates }, params, signal) => {
  const { allowed_updates: allowed } = params;
  if (Array.isArray(allowed)) updates.allow(allowed.filter((kind) => typeof kind === "string"));
  return updates.poll({
    offset: integer(params, "offset") ?? 0,
    limit: clamp(integer(params, "limit") ?? MAX_UPDATES, 1, MAX_UPDATES),
    timeoutMs: clamp(integer(params, "timeout") ?? 0, 0, MAX_TIMEOUT_SECONDS) * 1000,
    signal,
  });
};

export const getWebhookInfo: Method = ({ updates }) => ({
  url: "",
  has_custom_certificate: false,
  pending_update_count: updates.size,
});

export const deleteWebhook: Method = ({ updates }, params) => {
  if (flag(params, "drop_pending_updates")) updates.confirm(Number.MAX_SAFE_INTEGER);
  return true;
};

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
