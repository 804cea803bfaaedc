import { describeWalk } from "../support/program/walk.ts";

// The other provider's walk, and what else the whole program promises, are in test/program/ and test/fault/, which take
// longer.
describeWalk("gemini");
