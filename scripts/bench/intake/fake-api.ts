import http from "node:http";
import type { AddressInfo } from "node:net";
import { seededRandom } from "../../simulate/random.ts";
import { atRank } from "../../simulate/report/statistics.ts";
import { answerMessages } from "../child.ts";
import type { Load, Outcome } from "./load.ts";

/** A Bot API with a backlog. It is lean, because it shares the machine with the contender that is measured. */

const POLL_LIMIT = 100;
const BOT = { id: 7_000_000_003, is_bot: true, first_name: "Bench", username: "bench_bot" };

let updates: string[] = [];
/** The number of replies in each chat; its messages are numbered 0, 1, 2 … */
let replies: number[] = [];
let answered = new Set<string>();
let outcome: Pick<Outcome, "outOfOrder" | "duplicates"> = { outOfOrder: 0, duplicates: 0 };
let repliedAtMs: number[] = [];
let firstPollMs = 0;
let done: ((outcome: Outcome) => void) | undefined;
let ended: Promise<Outcome>;

function load({ updates: count, chats }: Load): void {
  const random = seededRandom(1);
  const written = new Map<number, number>();
  updates = Array.from({ length: count }, (_, index) => {
    const chatId = Math.floor(random() * chats) + 1;
    const text = written.get(chatId) ?? 0;
    written.set(chatId, text + 1);
    const chat = `{"id":${chatId},"type":"private","first_name":"P"}`;
    const from = `{"id":${chatId},"is_bot":false,"first_name":"P","language_code":"en"}`;
    const message = `{"message_id":${text + 1},"date":1767225600,"chat":${chat},"from":${from},"text":"${text}"}`;
    return `{"update_id":${index + 1},"message":${message}}`;
  });
  replies = [];
  answered = new Set();
  outcome = { outOfOrder: 0, duplicates: 0 };
  repliedAtMs = [];
  firstPollMs = 0;
  ended = new Promise((resolve) => {
    done = resolve;
  });
}

function getUpdates(params: Params, answer: (result: string) => void): void {
  const offset = Number(params.offset ?? 0);
  if (firstPollMs === 0) firstPollMs = performance.now();
  const limit = Math.min(POLL_LIMIT, Number(params.limit ?? POLL_LIMIT));
  const from = Math.max(0, offset - 1);
  const batch = updates.slice(from, from + limit);
  // A long poll without updates stays open: no more will come.
  if (batch.length > 0 || Number(params.timeout ?? 0) === 0) answer(`[${batch.join(",")}]`);
}

function sendMessage(params: Params, answer: (result: string) => void): void {
  const chatId = Number(params.chat_id);
  const text = String(params.text);
  const key = `${chatId}:${text}`;
  if (answered.has(key)) outcome.duplicates += 1;
  else {
    answered.add(key);
    repliedAtMs.push(performance.now() - firstPollMs);
    const expected = replies[chatId] ?? 0;
    if (Number(text) !== expected) outcome.outOfOrder += 1;
    replies[chatId] = expected + 1;
  }
  const chat = `{"id":${chatId},"type":"private","first_name":"P"}`;
  const id = repliedAtMs.length;
  answer(
    `{"message_id":${id},"date":1767225600,"chat":${chat},"from":${JSON.stringify(BOT)},"text":"${text}"}`,
  );
  if (answered.size === updates.length) finish();
}

function finish(): void {
  const sorted = repliedAtMs.toSorted((a, b) => a - b);
  done?.({
    wallMs: atRank(sorted, 1),
    p50Ms: atRank(sorted, 0.5),
    p95Ms: atRank(sorted, 0.95),
    p99Ms: atRank(sorted, 0.99),
    ...outcome,
  });
}

type Params = Record<string, unknown>;

const METHODS: Record<string, (params: Params, answer: (result: string) => void) => void> = {
  getupdates: getUpdates,
  sendmessage: sendMessage,
  getme: (_params, answer) => answer(JSON.stringify(BOT)),
};

function send(response: http.ServerResponse, result: string): void {
  const text = `{"ok":true,"result":${result}}`;
  const length = Buffer.byteLength(text);
  response.writeHead(200, { "content-type": "application/json", "content-length": length });
  response.end(text);
}

const server = http.createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => {
    body += chunk;
  });
  request.on("end", () => {
    const method = (request.url ?? "").split("?")[0]?.split("/").at(-1)?.toLowerCase() ?? "";
    const isJson = request.headers["content-type"]?.startsWith("application/json") ?? false;
    const params = isJson
      ? (JSON.parse(body || "{}") as Params)
      : Object.fromEntries(new URLSearchParams(body));
    const handle = METHODS[method];
    if (handle) handle(params, (result) => send(response, result));
    else send(response, "true");
  });
});
server.keepAliveTimeout = 60_000;

answerMessages({
  start: () =>
    new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      });
    }),
  load,
  outcome: () => ended,
});
