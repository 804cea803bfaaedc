import multipart, { type Multipart, type MultipartFile } from "@fastify/multipart";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import * as z from "zod";
import type { StoredFile } from "../files/files.ts";
import type { SandboxFile } from "../people/people.ts";
import type { SandboxTelegram } from "../telegram.ts";
import { chatId, optionsOf, refuseStrangers, userId } from "./actions.ts";
import { personOf } from "./people.ts";

/** The largest file the page takes, in bytes; Telegram's own app takes 2 GB. */
const MAX_FILE_BYTES = 50 * 1024 * 1024;
/** Types that a browser may show or play. All others, such as HTML or SVG, can only be saved. */
const SHOWN_TYPES = /^(?:image\/(?:jpeg|png|gif|webp)|video\/(?:mp4|webm|quicktime)|audio\/[\w.-]+)$/;
const uploadKind = z.enum(["photo", "video", "audio", "voice", "animation", "document", "video_note"]);
const uploadFields = z.object({
  user: userId,
  chat: chatId,
  replyTo: z.coerce.number().int().optional(),
  caption: z.string().max(2000).optional(),
});

/** Adds the routes of files: those the page shows, and those a person sends. */
export function addFileRoutes(scope: FastifyInstance, telegram: SandboxTelegram): void {
  void scope.register(multipart, { limits: { fileSize: MAX_FILE_BYTES, fieldSize: 10_000, files: 10 } });

  scope.get<{ Params: { fileId: string } }>(
    "/chat/files/:fileId",
    { preHandler: refuseOtherSites },
    (request, reply) => {
      const file = telegram.file(request.params.fileId);
      return file
        ? sendFile(telegram, file, request, reply)
        : reply.code(404).send({ error: "no such file" });
    },
  );

  scope.post("/chat/files", { preHandler: refuseStrangers }, async (request, reply) => {
    if (!request.isMultipart()) return reply.code(415).send({ error: "send a form with files" });
    const parts = request.parts();
    const { fields, first } = await readFields(parts);
    const { caption, ...where } = uploadFields.parse(fields);
    if (!first) return reply.code(400).send({ error: "the form has no file" });
    await telegram.sendFiles(personOf(where.user), filesOf(first, parts, caption), optionsOf(where));
    return { ok: true };
  });
}

/** Reads the fields, which the page sends before the files, up to the first file. */
async function readFields(
  parts: AsyncIterableIterator<Multipart>,
): Promise<{ fields: Record<string, unknown>; first: MultipartFile | null }> {
  const fields: Record<string, unknown> = {};
  for (let next = await parts.next(); !next.done; next = await parts.next()) {
    if (next.value.type === "file") return { fields, first: next.value };
    fields[next.value.fieldname] = next.value.value;
  }
  return { fields, first: null };
}

/** The files of the form as they stream in; the first gets the caption. */
async function* filesOf(
  first: MultipartFile,
  rest: AsyncIterable<Multipart>,
  caption: string | undefined,
): AsyncGenerator<SandboxFile> {
  yield { ...fileOf(first), ...(caption === undefined ? {} : { caption }) };
  for await (const part of rest) if (part.type === "file") yield fileOf(part);
}

function fileOf({ fieldname, filename, mimetype, file }: MultipartFile): SandboxFile {
  return { kind: uploadKind.parse(fieldname), name: filename, mimeType: mimetype, content: file };
}

/** Sends a file or the requested range of it, with headers that keep it from running as part of the page. */
async function sendFile(
  telegram: SandboxTelegram,
  file: StoredFile,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const isShown = SHOWN_TYPES.test(file.mimeType);
  void reply.headers({
    "content-type": isShown ? file.mimeType : "application/octet-stream",
    "content-disposition": `${isShown ? "inline" : "attachment"}; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "private, max-age=86400, immutable",
    "accept-ranges": "bytes",
  });
  const range = rangeOf(request.headers.range, file.sizeBytes);
  if (range === "unsatisfiable") {
    return reply.code(416).header("content-range", `bytes */${file.sizeBytes}`).send();
  }
  if (range === null) {
    return reply.header("content-length", file.sizeBytes).send(await telegram.readFile(file));
  }
  void reply.code(206).headers({
    "content-range": `bytes ${range.start}-${range.end}/${file.sizeBytes}`,
    "content-length": range.end - range.start + 1,
  });
  return reply.send(await telegram.readFile(file, range));
}

/** Reads a request for one range, as players send it; null for anything else, which gets the whole file. */
function rangeOf(
  header: string | undefined,
  sizeBytes: number,
): { start: number; end: number } | "unsatisfiable" | null {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (from === "" && to === "") return null;
  const start = from === "" ? Math.max(0, sizeBytes - Number(to)) : Number(from);
  const end = from === "" || to === "" ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  return start <= end ? { start, end } : "unsatisfiable";
}

/** Keeps other sites from reading people's files, as far as the browser names the origin of a request. */
function refuseOtherSites(request: FastifyRequest, reply: FastifyReply, next: () => void): void {
  const site = request.headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") next();
  else void reply.code(403).send({ error: "only the chat page itself may do this" });
}
