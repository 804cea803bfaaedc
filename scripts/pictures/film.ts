import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import gifenc from "gifenc";
import type { Page } from "playwright-core";
import { PNG } from "pngjs";

const FRAME_MS = 250;
const COLORS = 64;
/** How long the last frame stays. */
const END_MS = 4_000;

/** A moving picture of a page. */
export interface Film {
  /** Ends it and writes it as a GIF. */
  end(path: string): Promise<void>;
}

/** Takes a picture of the page four times a second, and keeps those that differ. */
export function startFilm(page: Page): Film {
  const frames: { png: Buffer; atMs: number }[] = [];
  let isOver = false;
  const filming = (async () => {
    while (!isOver) {
      const png = await page.screenshot();
      if (frames.at(-1)?.png.equals(png) !== true) frames.push({ png, atMs: performance.now() });
      await sleep(FRAME_MS);
    }
  })();
  return {
    async end(path) {
      isOver = true;
      await filming;
      const { GIFEncoder, applyPalette, quantize } = gifenc;
      const gif = GIFEncoder();
      for (const [index, { png, atMs }] of frames.entries()) {
        const { data, width, height } = PNG.sync.read(png);
        const palette = quantize(data, COLORS);
        const delay = (frames[index + 1]?.atMs ?? atMs + END_MS) - atMs;
        gif.writeFrame(applyPalette(data, palette), width, height, { palette, delay });
      }
      gif.finish();
      await writeFile(path, gif.bytes());
    },
  };
}
