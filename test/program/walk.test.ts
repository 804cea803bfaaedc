import { describeWalk } from "../support/program/walk.ts";

for (const provider of ["gemini", "openai"] as const) describeWalk(provider);
