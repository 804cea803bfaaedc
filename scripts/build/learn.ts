import { Library } from "../../lib/answers/index.ts";
import { loadKeptContent } from "../../lib/content/index.ts";
import { type LearntFiles, type LogFields, openLearntFiles, silentLogger } from "../../lib/core/index.ts";
import { createRiskCheck } from "../../lib/risk/index.ts";

/**
 * Learns from the content what the bot would learn at its first start, and writes it into a folder.
 * @throws OperatorError for mistakes in the content, or what kept a file from being written
 */
export async function learn(
  { content, media: mediaFolder, reader }: { content: string; media: string; reader: string },
  folder: string,
): Promise<void> {
  const writing: Promise<void>[] = [];
  const failures: unknown[] = [];
  const logger = {
    ...silentLogger,
    warn: (_message: string, fields?: LogFields) => failures.push(fields?.error),
  };
  const folderFiles = openLearntFiles(folder, logger);
  const files: LearntFiles = {
    read: (name) => folderFiles.read(name),
    write(name, file, signal) {
      const written = folderFiles.write(name, file, signal);
      writing.push(written);
      return written;
    },
  };
  const { passages, pages, unanswered, slang, risks, riskExamples } = await loadKeptContent(
    content,
    { mediaFolder },
    { files, reader },
  );
  await new Library({ passages, pages, unanswered, slang }, { files }).getReady();
  await createRiskCheck(risks, riskExamples, { files }).getReady();
  await Promise.all(writing);
  if (failures.length > 0) throw failures[0];
}
