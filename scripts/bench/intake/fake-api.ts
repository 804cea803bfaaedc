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
/** The id of the first of them: a bot may be given several backlogs. */
let firstId = 1;
/** The number of messages in each chat. */
let written = new Map<number, number>();
/** What all messages say, if they all say the same. */
let sharedText: string | undefined;
/** A long poll that waits for a backlog. */
let waitingPoll: (() => void) | undefined;
/** The number of replies in each chat; its messages are numbered 0, 1, 2 … */
let replies: number[] = [];
let answered = new Set<string>();
let outcome: Pick<Outcome, "outOfOrder" | "duplicates"> = { outOfOrder: 0, duplicates: 0 };
let repliedAtMs: number[] = [];
let firstPollMs = 0;
let done: ((outcome: Outcome) => void) | undefined;
let ended: Promise<Outcome>;

function load({ updates: count, chats, text: shared }: Load): void {
  const random = seededRandom(1);
  firstId += updates.length;
  written = new Map();
  sharedText = shared;
  updates = Array.from({ length: count }, (_, index) => {
    const chatId = Math.floor(random() * chats) + 1;
    const number = written.get(chatId) ?? 0;
    const text = shared ?? number;
    written.set(chatId, number + 1);
    const chat = `{"id":${chatId},"type":"private","first_name":"P"}`;
    const from = `{"id":${chatId},"is_bot":false,"first_name":"P","language_code":"en"}`;
    const message = `{"message_id":${firstId + index},"date":1767225600,"chat":${chat},"from":${from},"text":"${text}"}`;
    return `{"update_id":${firstId + index},"message":${message}}`;
  });
  replies = [];
  answered = new Set();
  outcome = { outOfOrder: 0, duplicates: 0 };
  repliedAtMs = [];
  firstPollMs = 0;
  ended = new Promise((resolve) => {
    done = resolve;
  });
  waitingPoll?.();
}

function getUpdates(params: Params, answer: (result: string) => void): void {
  waitingPoll = undefined;
  const offset = Number(params.offset ?? 0);
  if (firstPollMs === 0) firstPollMs = performance.now();
  const limit = Math.min(POLL_LIMIT, Number(params.limit ?? POLL_LIMIT));
  const from = Math.max(0, offset - firstId);
  const batch = updates.slice(from, from + limit);
  if (batch.length > 0 || Number(params.timeout ?? 0) === 0) answer(`[${batch.join(",")}]`);
  else waitingPoll = () => getUpdates(params, answer); // a long poll stays open until there is a backlog
}

function sendMessage(params: Params, answer: (result: string) => void): void {
  const chatId = Number(params.chat_id);
  const replied = replies[chatId] ?? 0;
  const number = sharedText === undefined ? String(params.text) : String(replied);
  const text = String(params.text);
  const key = `${chatId}:${number}`;
  if (answered.has(key) || replied === written.get(chatId)) outcome.duplicates += 1;
  else {
    answered.add(key);
    repliedAtMs.push(performance.now() - firstPollMs);
    if (Number(number) !== replied) outcome.outOfOrder += 1;
    replies[chatId] = replied + 1;
  }
  const chat = `{"id":${chatId},"type":"private","first_name":"P"}`;
  const id = repliedAtMs.length;
  const from = JSON.stringify(BOT);
  answer(
    `{"message_id":${id},"date":1767225600,"chat":${chat},"from":${from},"text":${JSON.stringify(text)}}`,
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
  usage: () => process.cpuUsage(),
});
