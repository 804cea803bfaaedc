import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import type { FastifyInstance } from "fastify";

const { resolve } = createRequire(import.meta.url);
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/**
 * Nothing is loaded from other origins, no inline script or style runs, and the page cannot be framed. uPlot positions
 * elements through their style objects, which a policy without inline styles allows.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Serves the dashboard's files: the page at `/`, the others and the chart library under `/dashboard/`. */
export function registerAssets(app: FastifyInstance): void {
  const page = dirname(resolve("#dashboard/index.html"));
  for (const name of readdirSync(page)) {
    const url = name === "index.html" ? "/" : `/dashboard/${name}`;
    addFile(app, url, readFileSync(join(page, name)), extname(name));
  }
  const uplot = dirname(resolve("uplot"));
  addFile(app, "/dashboard/uplot/uplot.js", readFileSync(join(uplot, "uPlot.iife.min.js")), ".js");
  addFile(app, "/dashboard/uplot/uplot.css", readFileSync(join(uplot, "uPlot.min.css")), ".css");
}

/** Browsers revalidate each time and get the content only when it changed. */
function addFile(app: FastifyInstance, url: string, content: Buffer, extension: string): void {
  const etag = `"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}"`;
  app.get(url, (request, reply) => {
    void reply
      .header("etag", etag)
      .header("cache-control", "no-cache")
      .header("content-security-policy", CONTENT_SECURITY_POLICY)
      .type(TYPES[extension] ?? "text/plain");
    return request.headers["if-none-match"] === etag ? reply.code(304).send() : reply.send(content);
  });
}
