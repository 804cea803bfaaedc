import { describeWalk } from "../support/walk.ts";

describeWalk("openai"); // test/e2e/walk.test.ts is the other provider's
