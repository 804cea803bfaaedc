import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join, relative, sep } from "node:path";
import type { FastifyReply, FastifyRequest } from "fastify";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** A file of the page, ready to send. */
export interface PageFile {
  send(request: FastifyRequest, reply: FastifyReply): FastifyReply;
}

/**
 * Reads the page's files once, by their URL path; `/chat` is the page itself. What is read is all that is served: no path
 * that is asked for reaches the disk.
 */
export function readPageFiles(): Map<string, PageFile> {
  const folder = dirname(createRequire(import.meta.url).resolve("#chat/index.html"));
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => {
        const path = join(parentPath, name);
        const url = `/chat/${relative(folder, path).replaceAll(sep, "/")}`;
        const file = pageFile(readFileSync(path), TYPES[extname(name)] ?? "text/plain");
        return [url === "/chat/index.html" ? "/chat" : url, file];
      }),
  );
}

/** Lets the browser revalidate each time; it gets the content only when that has changed. */
function pageFile(content: Buffer, type: string): PageFile {
  const etag = `"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}"`;
  return {
    send(request, reply) {
      void reply.header("etag", etag).header("cache-control", "no-cache").header("content-type", type);
      if (request.headers["if-none-match"] === etag) return reply.code(304).send();
      return reply.send(content);
    },
  };
}
