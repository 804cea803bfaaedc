import { badRequest } from "./api-error.ts";

/**
 * Normalizes a URL as Telegram does.
 * @param what the field's name in the error, such as `entity URL`.
 */
export function telegramUrl(address: string, what: string): string {
  const refuse = (reason: string) => badRequest(`${what} '${address}' is invalid: ${reason}`);
  if (address === "") throw refuse("URL host is empty");
  if (/^(?:tg|ton|tonsite):\/\//i.test(address)) return address;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(address) && !/^https?:/i.test(address)) {
    throw refuse("Unsupported URL protocol");
  }
  const absolute = /^https?:\/\//i.test(address) ? address : `http://${address}`;
  if (!URL.canParse(absolute)) throw refuse("Wrong HTTP URL");
  const url = new URL(absolute);
  if (!url.hostname.includes(".")) throw refuse("Wrong HTTP URL");
  return url.href;
}
