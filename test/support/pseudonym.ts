import { createPseudonyms } from "../../lib/core/index.ts";

/** The pseudonyms of tests that do not care which. */
export const pseudonym = createPseudonyms("the secret of the tests");
