import { type LearntFiles, openLearntFiles, silentLogger } from "../../lib/core/index.ts";
import { LEARNT_FOLDER } from "../../scripts/build/bundle.js";

/** What was learnt from the sample content when the program was built; where it was not, tests learn it anew. */
export const BUILT_FILES: LearntFiles = {
  ...openLearntFiles(LEARNT_FOLDER, silentLogger),
  write: async () => {}, // the build's own
};
