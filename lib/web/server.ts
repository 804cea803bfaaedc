import fastify, { type FastifyInstance } from "fastify";
import { type Clock, errorCode, OperatorError } from "../core/index.ts";
import { requireLocalHost, requireToken } from "./access.ts";

export interface WebServerOptions {
  host: string;
  /** 0 chooses a free port. */
  port: number;
  /** Required from every client; without one, only this machine is served. */
  token?: string;
  clock: Clock;
  /** Proxies whose word on the client's address and protocol counts, as addresses or networks; none if left out. */
  trustedProxies?: readonly string[];
  /** Adds the pages. */
  register(app: FastifyInstance): void;
}

export interface WebServer {
  /** Such as `http://127.0.0.1:8080`. */
  url: string;
  /** Ends every connection and frees the port. */
  close(): Promise<void>;
}

/** From the OWASP list of secure headers; pages set a content security policy of their own. */
const SECURITY_HEADERS = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
};

/**
 * Starts the web server.
 * @throws OperatorError when it cannot listen on the port.
 */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const { host, port, token, clock, trustedProxies = [], register } = options;
  const app = fastify({
    forceCloseConnections: true,
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
  });
  app.addHook("onRequest", async (_request, reply) => {
    reply.headers(SECURITY_HEADERS);
  });
  if (token === undefined) requireLocalHost(app);
  else requireToken(app, token, clock);
  register(app);
  try {
    return { url: await app.listen({ host, port }), close: () => app.close() };
  } catch (error) {
    await app.close();
    throw portError(host, port, error);
  }
}

function portError(host: string, port: number, cause: unknown): OperatorError {
  const code = errorCode(cause);
  const problem =
    code === "EADDRINUSE"
      ? `Port ${port} is taken, perhaps by another Helpline: stop it, or set HTTP_PORT to another number (0 takes a free one).`
      : `The web pages cannot listen on ${host}, port ${port} (${code}): check HTTP_HOST and HTTP_PORT.`;
  return new OperatorError(problem, { code: "HTTP_PORT", cause });
}
