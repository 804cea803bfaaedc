import { readConfig } from "../../../lib/config/index.ts";
import { readOptions } from "../../../scripts/stats/options.ts";
import { writeReport } from "../../../scripts/stats/report.ts";
import { openSource } from "../../../scripts/stats/source.ts";

/** What `npm run stats` writes to a pipe, in this process: to start it takes most of the command's CPU time. */
export async function report(args: readonly string[], dataFolder: string): Promise<string> {
  const source = await openSource(readConfig({ DATA_DIR: dataFolder }));
  try {
    const screen = { width: 80, color: false };
    return await writeReport(source?.store ?? null, readOptions(args, new Date()), screen, Date.now());
  } finally {
    await source?.close();
  }
}
