import { isLoopback } from "../../core/index.ts";
import { badRequest } from "../bot-api/api-error.ts";
import { flag, integer, type Params, string } from "../bot-api/params.ts";
import type { UpdateQueue } from "../bot-api/updates.ts";
import type { Method } from "../chats/world.ts";

/** Telegram's limits for one getUpdates. */
const MAX_UPDATES = 100;
const MAX_TIMEOUT_SECONDS = 50;
/** Calls to a webhook at the same time. */
const DEFAULT_CONNECTIONS = 40;
const MAX_CONNECTIONS = 100;

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

export const getWebhookInfo: Method = ({ webhook }) => webhook.info();

export const setWebhook: Method = ({ updates, webhook }, params) => {
  const url = string(params, "url");
  if (url !== "") checkAddress(url);
  const secret = string(params, "secret_token");
  if (secret.length > 256) throw badRequest("secret token is too long");
  if (!/^[\w-]*$/.test(secret)) throw badRequest("secret token contains unallowed characters");
  dropPending(updates, params);
  const { allowed_updates: allowed } = params;
  if (Array.isArray(allowed)) updates.allow(allowed.filter((kind) => typeof kind === "string"));
  const maxConnections = clamp(integer(params, "max_connections") ?? DEFAULT_CONNECTIONS, 1, MAX_CONNECTIONS);
  webhook.set(url === "" ? null : { url, secret, maxConnections });
  return true;
};

export const deleteWebhook: Method = ({ updates, webhook }, params) => {
  dropPending(updates, params);
  webhook.set(null);
  return true;
};

function dropPending(updates: UpdateQueue, params: Params): void {
  if (flag(params, "drop_pending_updates")) updates.confirm(Number.MAX_SAFE_INTEGER);
}

/** As Telegram, takes https; http only at this machine, where a local Bot API server would take it. */
function checkAddress(url: string): void {
  const { protocol = "", hostname = "" } = URL.canParse(url) ? new URL(url) : {};
  if (protocol === "https:" || (protocol === "http:" && isLoopback(hostname))) return;
  throw badRequest("bad webhook: An HTTPS URL must be provided for webhook");
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
