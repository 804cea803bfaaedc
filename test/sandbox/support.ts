import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { json } from "node:stream/consumers";
import { type Clock, silentLogger } from "../../lib/core/index.ts";
import {
  createSandboxTelegram,
  type SandboxStorage,
  type SandboxTelegram,
  type SandboxTelegramOptions,
  type StoredEntry,
} from "../../lib/sandbox/index.ts";
import { FakeClock } from "../support/fake-clock.ts";

export const TOKEN = "123456:sandbox-token";

/** The Bot API's answer as sent over HTTP. */
export interface Answer<Result> {
  status: number;
  ok: boolean;
  result: Result;
  error_code?: number;
  description?: string;
  parameters?: { retry_after?: number };
}

export interface TestBot {
  telegram: SandboxTelegram;
  clock: FakeClock;
  apiRoot: string;
  /** Calls a method with a JSON body. */
  call<Result = Record<string, unknown>>(
    method: string,
    params?: object,
    init?: RequestInit,
  ): Promise<Answer<Result>>;
  /** Resolves when the simulation next waits for time to pass, as in a long poll. */
  nextSleep(): Promise<void>;
}

const running: SandboxTelegram[] = [];

/** Starts a simulation on a fake clock. */
export async function startBot(options: Partial<SandboxTelegramOptions> = {}): Promise<TestBot> {
  const fake = new FakeClock();
  const sleepers: (() => void)[] = [];
  const clock: Clock = {
    now: fake.now,
    monotonic: fake.monotonic,
    sleep(ms, signal) {
      const slept = fake.sleep(ms, signal);
      for (const wake of sleepers.splice(0)) wake();
      return slept;
    },
  };
  const telegram = createSandboxTelegram({ token: TOKEN, clock, logger: silentLogger, ...options });
  const { apiRoot } = await telegram.start();
  running.push(telegram);
  return {
    telegram,
    clock: fake,
    apiRoot,
    call: (method, params, init) => callApi(apiRoot, method, params, init),
    nextSleep: () => new Promise((resolve) => sleepers.push(resolve)),
  };
}

/** Stops every simulation a test has started; for `afterEach`. */
export async function stopBots(): Promise<void> {
  await Promise.all(running.splice(0).map((telegram) => telegram.stop()));
}

async function callApi<Result>(
  apiRoot: string,
  method: string,
  params: object = {},
  init: RequestInit = {},
): Promise<Answer<Result>> {
  const response = await fetch(`${apiRoot}/bot${TOKEN}/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(params),
    ...init,
  });
  const body = (await response.json()) as Omit<Answer<Result>, "status">;
  return { ...body, status: response.status };
}

/** Uploads a document of zeros from one small buffer, which is much faster than building a form of that size. */
export async function sendZeros<Result>(url: string, sizeBytes: number): Promise<Answer<Result>> {
  const disposition = 'Content-Disposition: form-data; name="document"; filename="big.bin"';
  const outgoing = request(url, {
    method: "POST",
    headers: { "content-type": "multipart/form-data; boundary=edge" },
  });
  const answered = once(outgoing, "response") as Promise<[IncomingMessage]>;
  const zeros = Buffer.alloc(256 * 1024);
  outgoing.write(`--edge\r\n${disposition}\r\n\r\n`);
  for (let left = sizeBytes; left > 0; left -= zeros.length) {
    if (!outgoing.write(zeros.subarray(0, left))) await once(outgoing, "drain");
  }
  outgoing.end("\r\n--edge--\r\n");
  const [response] = await answered;
  const body = (await json(response)) as Answer<Result>;
  return { ...body, status: response.statusCode ?? 0 };
}

/** Sends a raw body. @returns the status and text of the answer, of any kind. */
export async function post(
  url: string,
  contentType: string,
  body: string,
): Promise<{ status: number; text: string }> {
  const sent = request(url, { method: "POST", headers: { "content-type": contentType } });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [import("node:http").IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() };
}

/** A storage in memory; every value goes through JSON, as with a database. */
export function memoryStorage(): SandboxStorage & { saves: number; kinds(): Set<string> } {
  const kept = new Map<string, StoredEntry>();
  return {
    saves: 0,
    kinds: () => new Set([...kept.values()].map(({ kind }) => kind)),
    load: () => Promise.resolve(structuredClone([...kept.values()])),
    save(entries) {
      this.saves += 1;
      for (const entry of entries) {
        const key = `${entry.kind}:${entry.id}`;
        if (entry.value === null) kept.delete(key);
        else kept.set(key, JSON.parse(JSON.stringify(entry)) as StoredEntry);
      }
      return Promise.resolve();
    },
  };
}
