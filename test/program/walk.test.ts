import { describeWalk } from "../support/program/walk.ts";

describeWalk("openai"); // test/e2e/walk.test.ts is the other provider's
