import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { World } from "../chats/world.ts";
import type { Faults } from "./faults.ts";

export interface DownloadParts {
  token: string;
  world: Pick<World, "files">;
  faults: Faults;
}

type Download = FastifyRequest<{ Params: { token: string; "*": string } }>;

/** Serves the files getFile names: `/file/bot<token>/<file_path>`. To the faults it is the method `download`. */
export function registerDownloads(app: FastifyInstance, parts: DownloadParts): void {
  app.get("/file/bot:token/*", (request, reply) => download(parts, request as Download, reply));
}

async function download(
  { token, world, faults }: DownloadParts,
  request: Download,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const path = request.params["*"];
  const fault = faults.take("download", { file_path: path });
  const file = request.params.token === token ? world.files.at(path) : undefined;
  if (fault?.kind === "error500" || fault?.kind === "html502")
    return refuse(reply, 500, "Internal Server Error");
  if (fault?.kind === "error") return refuse(reply, fault.status, fault.description);
  if (fault?.kind === "too-many-requests") return refuse(reply, 429, "Too Many Requests");
  if (!file) return refuse(reply, 404, "Not Found");
  const headers = { "content-type": "application/octet-stream", "content-length": file.sizeBytes };
  if (fault) {
    // Half of the file arrives; then the connection breaks or hangs.
    const stream = reply.hijack().raw;
    stream.writeHead(200, headers);
    const half = Math.floor(file.sizeBytes / 2);
    const part = half > 0 ? await world.files.read(file, { start: 0, end: half - 1 }) : [];
    for await (const chunk of part)
      await new Promise<void>((written) => stream.write(chunk, () => written()));
    if (fault.kind === "reset") request.raw.socket.resetAndDestroy();
    return reply;
  }
  return reply.headers(headers).send(await world.files.read(file));
}

function refuse(reply: FastifyReply, status: number, description: string): FastifyReply {
  return reply.code(status).send({ ok: false, error_code: status, description });
}
