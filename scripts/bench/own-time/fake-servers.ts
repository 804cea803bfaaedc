import http from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { answerMessages } from "../child.ts";
import {
  type Addresses,
  answerEnd,
  BOT,
  FIRST_WORD_MS,
  LAST_WORD_MS,
  numberOf,
  type OwnTime,
  type Question,
  questionText,
} from "./exchange.ts";

/**
 * A Bot API and a Gemini with a constant latency, which note when each step of a question reaches them. They are lean,
 * because they share the machine with the bot that is measured.
 */

interface Times {
  deliveredMs: number;
  calledMs: number;
  lastWordMs: number;
  sentMs: number;
}

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

let updates: { update_id: number }[] = [];
let lastUpdateId = 0;
let waitingPoll: ((batch: readonly object[]) => void) | undefined;
const times = new Map<number, Partial<Times>>();
let onSent: (number: number) => void = () => {};

/** Delivers the questions at once, and resolves with the own time of each when all are answered. */
function ask(questions: readonly Question[]): Promise<OwnTime[]> {
  const open = new Set(questions.map(({ number }) => number));
  const answered = new Promise<OwnTime[]>((resolve) => {
    onSent = (number) => {
      open.delete(number);
      if (open.size === 0) resolve(questions.map((question) => ownTime(question)));
    };
  });
  for (const question of questions) {
    lastUpdateId += 1;
    updates.push(updateOf(lastUpdateId, question));
  }
  waitingPoll?.(updates);
  return answered;
}

function ownTime({ number }: Question): OwnTime {
  const { deliveredMs = 0, calledMs = 0, lastWordMs = 0, sentMs = 0 } = times.get(number) ?? {};
  return { beforeMs: calledMs - deliveredMs, afterMs: sentMs - lastWordMs };
}

function updateOf(updateId: number, { number, userId }: Question): { update_id: number } {
  const person = { id: userId, is_bot: false, first_name: "P", language_code: "en" };
  const chat = { id: userId, type: "private", first_name: "P" };
  const date = Math.floor(Date.now() / 1000);
  const message = { message_id: updateId, date, chat, from: person, text: questionText(number) };
  times.set(number, {});
  return { update_id: updateId, message } as { update_id: number };
}

function note(number: number, step: keyof Times): void {
  const noted = times.get(number);
  if (noted && noted[step] === undefined) noted[step] = performance.now();
}

function getUpdates(params: Params, response: http.ServerResponse): void {
  const offset = Number(params.offset ?? 0);
  const deliver = (batch: readonly object[]): void => {
    waitingPoll = undefined;
    for (const update of batch as { message: { text: string } }[]) {
      note(numberOf(update.message.text), "deliveredMs");
    }
    sendJson(response, { ok: true, result: batch });
  };
  updates = updates.filter(({ update_id }) => update_id >= offset);
  if (updates.length > 0 || Number(params.timeout ?? 0) === 0) deliver(updates);
  else waitingPoll = deliver; // a long poll stays open until there is an update
}

function sendMessage(params: Params, response: http.ServerResponse): void {
  const text = String(params.text);
  const number = numberOf(text);
  if (text.includes(answerEnd(number))) {
    note(number, "sentMs");
    onSent(number);
  }
  const chat = { id: Number(params.chat_id), type: "private", first_name: "P" };
  const message = { message_id: 1_000_000 + lastUpdateId, date: 1_767_225_600, chat, from: BOT, text };
  sendJson(response, { ok: true, result: message });
}

async function generate(body: string, response: http.ServerResponse): Promise<void> {
  const number = numberOf(body);
  note(number, "calledMs");
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
    if (isLast) note(number, "lastWordMs");
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
  else if (method === "sendmessage" || method === "editmessagetext") sendMessage(params, response);
  else sendJson(response, { ok: true, result: method === "getme" ? BOT : true });
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
});
