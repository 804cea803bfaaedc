import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { BUNDLE } from "../../../scripts/build/bundle.js";

export interface Outcome {
  code: number;
  output: string;
  errors: string;
}

export interface RunOptions {
  /** Standard input, sent at once as by a pipe; left open and empty when missing. */
  input?: string;
  /** The working folder; the project's when missing. */
  folder?: string;
}

/** A command of scripts/, built so that a test can run it often. */
export interface BuiltCommand {
  /** Runs the command until it ends, with these variables and PATH as its environment. */
  run(args: readonly string[], environment?: Record<string, string>, options?: RunOptions): Promise<Outcome>;
  remove(): Promise<void>;
}

/**
 * Bundles a command like the bot. Run from its TypeScript, each start would take two seconds of a processor.
 * @param name its file in scripts/, without the extension.
 */
export async function buildCommand(name: string): Promise<BuiltCommand> {
  // In the project, where Node finds the packages that are not bundled.
  const folder = await mkdtemp(join("dist", `${name}-`));
  await build({ ...BUNDLE, entryPoints: { [name]: `scripts/${name}.ts` }, outdir: folder });
  return {
    async run(args, environment = {}, { input, folder: cwd } = {}) {
      const child = spawn(process.execPath, [resolve(folder, `${name}.js`), ...args], {
        env: { PATH: process.env.PATH ?? "", ...environment },
        ...(cwd === undefined ? {} : { cwd }),
      });
      if (input !== undefined) child.stdin.end(input);
      let [output, errors] = ["", ""];
      child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
      const [code] = (await once(child, "close")) as [number];
      return { code, output, errors };
    },
    remove: () => rm(folder, { recursive: true }),
  };
}
