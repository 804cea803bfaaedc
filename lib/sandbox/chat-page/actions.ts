import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import * as z from "zod";
import { MAX_TEXT_LENGTH } from "../chats/text.ts";
import type { SendOptions } from "../people/people.ts";
import type { SandboxTelegram } from "../telegram.ts";
import { personOf } from "./people.ts";

export const userId = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
/** A group's id; the private chat with the bot if left out. */
export const chatId = z.coerce.number().int().max(-1).min(Number.MIN_SAFE_INTEGER).optional();
const messageId = z.number().int();
const place = z.object({ user: userId, chat: chatId, replyTo: messageId.optional() });
/** Longer than one message: like Telegram's app, the page sends a long text as several messages. */
const MAX_TYPED_LENGTH = MAX_TEXT_LENGTH * 10;
const textUpTo = (maxLength: number) =>
  z.string().max(maxLength, `too long; at most ${maxLength} characters go at once`);
const messageBody = place.extend({ text: textUpTo(MAX_TYPED_LENGTH) });
const editBody = place.extend({ messageId, text: textUpTo(MAX_TEXT_LENGTH) });
const reactionBody = place.extend({ messageId, emoji: z.string().max(16).nullable() });
const pressBody = place.extend({ messageId, data: z.string().max(64) });
const groupBody = z.object({ user: userId, title: z.string().trim().min(1).max(128) });

/** The made-up location that is sent: the Jardin du Luxembourg. */
const MADE_UP_PLACE = { latitude: 48.8462, longitude: 2.3372 };
/** Telegram's app rolls a die when this is sent alone. */
const DIE = "🎲";

/** Adds the routes of what people do on the page: write, edit, react, press buttons, create groups. */
export function addActionRoutes(scope: FastifyInstance, telegram: SandboxTelegram): void {
  const guarded = { preHandler: [refuseStrangers, refuseForms] };
  scope.post("/chat/messages", guarded, async (request) => {
    const { text, ...where } = messageBody.parse(request.body);
    const person = personOf(where.user);
    if (text.trim() === DIE) {
      await telegram.sendDice(person, undefined, optionsOf(where));
    } else {
      for (const part of splitLongText(text)) await telegram.sendText(person, part, optionsOf(where));
    }
    return { ok: true };
  });
  scope.post("/chat/edits", guarded, async (request) => {
    const { user, chat = user, messageId: id, text } = editBody.parse(request.body);
    await telegram.editMessage(user, chat, id, text);
    return { ok: true };
  });
  scope.post("/chat/reactions", guarded, async (request) => {
    const { user, chat = user, messageId: id, emoji } = reactionBody.parse(request.body);
    await telegram.react(user, chat, id, emoji);
    return { ok: true };
  });
  scope.post("/chat/presses", guarded, async (request) => {
    const { user, chat = user, messageId: id, data } = pressBody.parse(request.body);
    const { callbackQueryId } = await telegram.pressButton(user, chat, id, data);
    return { ok: true, callbackQueryId };
  });
  scope.post("/chat/locations", guarded, async (request) => {
    const where = place.parse(request.body);
    await telegram.sendLocation(personOf(where.user), MADE_UP_PLACE, optionsOf(where));
    return { ok: true };
  });
  scope.post("/chat/contacts", guarded, async (request) => {
    const where = place.parse(request.body);
    await telegram.sendContact(personOf(where.user), undefined, optionsOf(where));
    return { ok: true };
  });
  scope.post("/chat/stickers", guarded, async (request) => {
    const where = place.parse(request.body);
    await telegram.sendSticker(personOf(where.user), "👋", optionsOf(where));
    return { ok: true };
  });
  scope.post("/chat/groups", guarded, async (request) => {
    const { user, title } = groupBody.parse(request.body);
    const lowest = Math.min(-1_000_000_000_000, ...telegram.groups().map(({ id }) => id));
    await telegram.createGroup({ chatId: lowest - 1, title });
    await telegram.joinGroup(personOf(user), lowest - 1);
    return { ok: true, chatId: lowest - 1 };
  });
}

/** The chat and the reply, as the page gave them. */
export function optionsOf({
  chat,
  replyTo,
}: {
  chat?: number | undefined;
  replyTo?: number | undefined;
}): SendOptions {
  return {
    ...(chat === undefined ? {} : { chatId: chat }),
    ...(replyTo === undefined ? {} : { replyTo }),
  };
}

/** Accepts only the page itself: another site in the same browser must not write in people's names. */
export function refuseStrangers(request: FastifyRequest, reply: FastifyReply, next: () => void): void {
  const { origin, host, "sec-fetch-site": site } = request.headers;
  const isSameOrigin =
    (site === undefined || site === "same-origin") &&
    (origin === undefined ? site !== undefined : URL.canParse(origin) && new URL(origin).host === host);
  if (isSameOrigin) next();
  else void reply.code(403).send({ error: "only the chat page itself may do this" });
}

export function refuseForms(request: FastifyRequest, reply: FastifyReply, next: () => void): void {
  if (request.headers["content-type"]?.startsWith("application/json")) next();
  else void reply.code(415).send({ error: "send JSON" });
}

function splitLongText(text: string): string[] {
  const parts: string[] = [];
  for (let rest = text; rest.length > 0; ) {
    const end = /[\ud800-\udbff]/.test(rest.charAt(MAX_TEXT_LENGTH - 1))
      ? MAX_TEXT_LENGTH - 1
      : MAX_TEXT_LENGTH;
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return parts.filter((part) => part.trim() !== "");
}
