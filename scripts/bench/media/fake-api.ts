import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { answerMessages } from "../child.ts";
import { DOWN_BYTES } from "./load.ts";

/** A Bot API that discards uploads and serves one video for every file id. */

/** The first box of an MP4: its length, its kind, and the brand. */
const HEAD = Buffer.from("\0\0\0\x18ftypisom\0\0\x02\0isomiso2", "latin1");
const CHUNK = Buffer.alloc(64 * 1024, 1);

let receivedBytes = 0;

async function handOut(response: http.ServerResponse): Promise<void> {
  response.writeHead(200, { "content-type": "application/octet-stream", "content-length": DOWN_BYTES });
  response.write(HEAD);
  for (let left = DOWN_BYTES - HEAD.length; left > 0 && !response.destroyed; left -= CHUNK.length) {
    if (!response.write(CHUNK.subarray(0, left))) await once(response, "drain");
  }
  response.end();
}

function resultOf(path: string): unknown {
  return path.endsWith("/getFile")
    ? { file_id: "1", file_unique_id: "1", file_size: DOWN_BYTES, file_path: "videos/1.mp4" }
    : { message_id: 1, date: 1_767_225_600, chat: { id: 1, type: "private", first_name: "P" } };
}

const server = http.createServer((request, response) => {
  const path = request.url ?? "";
  if (request.method === "GET") {
    handOut(response).catch((error: Error) => response.destroy(error));
    return;
  }
  request.on("data", (chunk: Buffer) => {
    receivedBytes += chunk.length;
  });
  request.on("end", () => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ ok: true, result: resultOf(path) }));
  });
});

answerMessages({
  start: () =>
    new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      });
    }),
  receivedBytes: () => receivedBytes,
});
