import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** The paths of all files under a folder that a program may be changing: what disappears meanwhile is left out. */
export async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const paths = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? await filesUnder(path) : [path];
  });
  return (await Promise.all(paths)).flat();
}
