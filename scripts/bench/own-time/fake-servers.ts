import http from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { answerMessages } from "../child.ts";
import {
  type Addresses,
  answerEnd,
  BOT,
  FIRST_WORD_MS,
  type Journey,
  LAST_WORD_MS,
  type Load,
  type LoadResult,
  numberOf,
  type OwnTime,
  questionText,
} from "./exchange.ts";
import { Journeys, ownTime } from "./journeys.ts";
import { offerLoad } from "./offer-load.ts";

/**
 * A Bot API and a Gemini with a constant latency, which note when each step of a question reaches them. They are lean,
 * because they share the machine with the bot that is measured.
 */

type Params = Record<string, unknown>;

/** The pieces of an answer before its last. No two are alike, since the bot ends an answer that repeats itself. */
const PIECES = [
  "A cold usually lasts about a week, and rest and warmth help. ",
  "Drink more than usual, because a fever costs water. ",
  "Honey soothes a cough in anyone older than one year. ",
  "Salt water in the nose makes it easier to breathe at night. ",
  "Antibiotics do nothing against it, as viruses cause it. ",
  "Wash your hands often, so that others do not catch it. ",
  "See a doctor if your breath is short or your chest hurts. ",
];

interface Update {
  update_id: number;
  message: { text: string };
}

/** The most updates Telegram hands out at once. */
const MAX_BATCH = 100;

let updates: Update[] = [];
let lastUpdateId = 0;
let waitingPoll: (() => void) | undefined;
const journeys = new Journeys();
/** How often the bot sent something else than an answer of the model, by its beginning. */
const otherMessages = new Map<string, number>();
const BEGINNING = 60;

/** Delivers a question of each user at once, and resolves with the own time of each when all are answered. */
function ask(userIds: readonly number[]): Promise<OwnTime[]> {
  const answered = new Promise<OwnTime[]>((resolve) => {
    journeys.onSent = () => {
      if (journeys.openCount === 0) resolve(all.map(ownTime));
    };
  });
  const all = userIds.map(addUpdate);
  waitingPoll?.();
  return answered;
}

async function offer(load: Load): Promise<LoadResult> {
  otherMessages.clear();
  const result = await offerLoad(load, journeys, (userId) => {
    const journey = addUpdate(userId);
    waitingPoll?.();
    return journey;
  });
  return { ...result, otherMessages: Object.fromEntries(otherMessages) };
}

/** Gives Telegram the next question, of a user. */
function addUpdate(userId: number): Journey {
  lastUpdateId += 1; // the number of the question, too
  updates.push(updateOf(lastUpdateId, userId));
  return journeys.begin(lastUpdateId, userId);
}

function updateOf(updateId: number, userId: number): Update {
  const person = { id: userId, is_bot: false, first_name: "P", language_code: "en" };
  const chat = { id: userId, type: "private", first_name: "P" };
  const date = Math.floor(Date.now() / 1000);
  const message = { message_id: updateId, date, chat, from: person, text: questionText(updateId) };
  return { update_id: updateId, message };
}

function getUpdates(params: Params, response: http.ServerResponse): void {
  const offset = Number(params.offset ?? 0);
  const limit = Number(params.limit ?? MAX_BATCH);
  const deliver = (): void => {
    waitingPoll = undefined;
    const batch = updates.slice(0, limit);
    for (const { message } of batch) journeys.note(numberOf(message.text), "deliveredMs");
    sendJson(response, { ok: true, result: batch });
  };
  updates = updates.filter(({ update_id }) => update_id >= offset);
  const timeoutMs = Number(params.timeout ?? 0) * 1_000;
  if (updates.length > 0 || timeoutMs === 0) {
    deliver();
    return;
  }
  const timer = setTimeout(deliver, timeoutMs); // the bot takes a poll that never ends for an outage
  waitingPoll = () => {
    clearTimeout(timer);
    deliver();
  };
}

function sendMessage(params: Params, isNew: boolean, response: http.ServerResponse): void {
  const text = String(params.text);
  const number = numberOf(text);
  if (text.includes(answerEnd(number))) {
    journeys.note(number, "sentMs");
  } else if (isNew) {
    const beginning = text.slice(0, BEGINNING);
    otherMessages.set(beginning, (otherMessages.get(beginning) ?? 0) + 1);
  }
  const chat = { id: Number(params.chat_id), type: "private", first_name: "P" };
  const message = { message_id: 1_000_000 + lastUpdateId, date: 1_767_225_600, chat, from: BOT, text };
  sendJson(response, { ok: true, result: message });
}

async function generate(body: string, response: http.ServerResponse): Promise<void> {
  const number = numberOf(body);
  journeys.note(number, "calledMs");
  const startMs = performance.now();
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (let piece = 0; piece <= PIECES.length; piece += 1) {
    const isLast = piece === PIECES.length;
    const dueMs = FIRST_WORD_MS + ((LAST_WORD_MS - FIRST_WORD_MS) * piece) / PIECES.length;
    await sleep(startMs + dueMs - performance.now());
    const text = PIECES[piece] ?? `Question ${number}. ${answerEnd(number)}`;
    const parts = { content: { role: "model", parts: [{ text }] }, index: 0 };
    const usageMetadata = { promptTokenCount: 900, candidatesTokenCount: 90, totalTokenCount: 990 };
    const chunk = isLast
      ? { candidates: [{ ...parts, finishReason: "STOP" }], usageMetadata }
      : { candidates: [parts] };
    if (isLast) journeys.note(number, "lastWordMs");
    response.write(`data: ${JSON.stringify(chunk)}\r\n\r\n`);
  }
  response.end();
}

function sendJson(response: http.ServerResponse, value: object): void {
  const text = JSON.stringify(value);
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

function callBotApi(url: string, body: string, isJson: boolean, response: http.ServerResponse): void {
  const method = url.split("/").at(-1)?.toLowerCase();
  const params = isJson
    ? (JSON.parse(body || "{}") as Params)
    : Object.fromEntries(new URLSearchParams(body));
  if (method === "getupdates") getUpdates(params, response);
  else if (method === "sendmessage" || method === "editmessagetext") {
    sendMessage(params, method === "sendmessage", response);
  } else sendJson(response, { ok: true, result: method === "getme" ? BOT : true });
}

const server = http.createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => {
    body += chunk;
  });
  request.on("end", () => {
    const url = request.url ?? "";
    const isJson = request.headers["content-type"]?.startsWith("application/json") ?? false;
    if (url.startsWith("/bot")) callBotApi(url, body, isJson, response);
    else void generate(body, response);
  });
});
server.keepAliveTimeout = 60_000;

answerMessages({
  start: () =>
    new Promise<Addresses>((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        resolve({ apiRoot: address, geminiUrl: address });
      });
    }),
  ask,
  offer,
});
