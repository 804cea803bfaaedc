import { randomUUID } from "node:crypto";

/** A file to upload; may appear in a call's parameters wherever the Bot API takes one. */
export class Upload {
  readonly name: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
  /** The content from its beginning. A chunk is valid until the next one is requested, so one buffer can be reused. */
  readonly read: () => AsyncIterable<Uint8Array>;

  constructor(name: string, mimeType: string, sizeBytes: number, read: () => AsyncIterable<Uint8Array>) {
    this.name = name;
    this.mimeType = mimeType;
    this.sizeBytes = sizeBytes;
    this.read = read;
  }
}

/** A `multipart/form-data` body. */
export interface Multipart {
  contentType: string;
  sizeBytes: number;
  /** A chunk is valid until the next one is requested. */
  chunks(): AsyncGenerator<Uint8Array, void, undefined>;
}

/**
 * The body of a call with uploads; null for a call without any. The library's own encoder chains streams, whose garbage
 * adds up to the size of the file: 40 MB of memory for 40 MB of video.
 */
export function multipartOf(params: Record<string, unknown>): Multipart | null {
  if (!hasUploads(params)) return null;
  const attached: [name: string, upload: Upload][] = [];
  const fields: [name: string, value: string][] = [];
  for (const [name, value] of Object.entries(params)) {
    if (value instanceof Upload) attached.push([name, value]);
    else if (typeof value === "object" && value !== null) {
      fields.push([name, JSON.stringify(attach(value, attached))]);
    } else if (value !== undefined && value !== null)
      fields.push([name, `${value as string | number | boolean}`]);
  }
  const boundary = `helpline-${randomUUID()}`;
  const parts: (Buffer | Upload)[] = [];
  const heading = (name: string, more = ""): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(name)}"${more}\r\n\r\n`;
  for (const [name, value] of fields) parts.push(Buffer.from(`${heading(name)}${value}\r\n`));
  for (const [name, upload] of attached) {
    const file = `; filename="${escaped(upload.name)}"\r\nContent-Type: ${escaped(upload.mimeType)}`;
    parts.push(Buffer.from(heading(name, file)), upload, Buffer.from("\r\n"));
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`));
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    sizeBytes: parts.reduce((sum, part) => sum + (part instanceof Upload ? part.sizeBytes : part.length), 0),
    async *chunks() {
      for (const part of parts) {
        if (part instanceof Upload) yield* part.read();
        else yield part;
      }
    },
  };
}

/** Uploads are parameters themselves, or parts of the items of an album. */
function hasUploads(params: Record<string, unknown>): boolean {
  const album = Array.isArray(params.media) ? (params.media as Record<string, unknown>[]) : [];
  return [params, ...album].some((part) => Object.values(part).some((value) => value instanceof Upload));
}

/** Replaces uploads within a value by `attach://<name>` (Bot API, "Sending files") and adds them to `attached`. */
function attach(value: unknown, attached: [string, Upload][]): unknown {
  if (value instanceof Upload) {
    const name = `file${attached.length}`;
    attached.push([name, value]);
    return `attach://${name}`;
  }
  if (Array.isArray(value)) return value.map((item: unknown) => attach(item, attached));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, attach(item, attached)]));
}

/** Escapes a name as browsers do (WHATWG HTML, multipart/form-data encoding). */
function escaped(name: string): string {
  return name.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22");
}
