import http from "node:http";
import type { AddressInfo } from "node:net";

/** A call as received over HTTP. */
export interface HttpCall {
  method: string;
  params: Record<string, string>;
  contentType: string;
  token: string;
}

/** The server's answer. `cut` breaks the connection in the middle of it. */
export type HttpReply =
  | { result: unknown }
  | { error: number; description: string; parameters?: Record<string, unknown> }
  | { status: number; body: string }
  | "reset"
  | "cut"
  | "hang";

/** A bare Bot API server whose answers a test decides, at once or by a promise. */
export interface FakeBotApi {
  apiRoot: string;
  calls: HttpCall[];
  /** How many connections were opened. */
  connections(): number;
  close(): Promise<void>;
}

export async function startFakeBotApi(
  decide: (call: HttpCall) => HttpReply | Promise<HttpReply>,
): Promise<FakeBotApi> {
  const calls: HttpCall[] = [];
  let connections = 0;
  const server = http.createServer((request, response) => {
    let body = "";
    request.setEncoding("latin1");
    request.on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      const [, token = "", method = ""] = /^\/bot([^/]*)\/(\w+)/.exec(request.url ?? "") ?? [];
      const contentType = request.headers["content-type"] ?? "";
      const params = contentType.startsWith("multipart") ? {} : Object.fromEntries(new URLSearchParams(body));
      const call = { method, params, contentType, token };
      calls.push(call);
      void Promise.resolve(decide(call)).then((reply) => answer(request, response, reply));
    });
  });
  server.on("connection", () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    apiRoot: `http://127.0.0.1:${port}`,
    calls,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(request: http.IncomingMessage, response: http.ServerResponse, reply: HttpReply): void {
  if (reply === "hang") return;
  if (reply === "reset") {
    request.socket.destroy();
    return;
  }
  if (reply === "cut") {
    response.writeHead(200, { "content-length": 1000 });
    response.write('{"ok":', () => request.socket.destroy());
    return;
  }
  if ("body" in reply) {
    response.writeHead(reply.status).end(reply.body);
    return;
  }
  const { status, ...body } =
    "result" in reply
      ? { status: 200, ok: true, result: reply.result }
      : {
          status: reply.error,
          ok: false,
          error_code: reply.error,
          description: reply.description,
          parameters: reply.parameters,
        };
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
