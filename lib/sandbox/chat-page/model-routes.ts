import type { FastifyInstance } from "fastify";
import * as z from "zod";
import { type ModelPreview, PREVIEW_MODES } from "../model-preview.ts";
import { refuseForms, refuseStrangers } from "./actions.ts";

const modeBody = z.object({ mode: z.enum(PREVIEW_MODES) });

/** Adds the route that switches the simulated model; a bot with a model of its own has none, and the page no switch. */
export function addModelRoutes(scope: FastifyInstance, preview: ModelPreview | undefined): void {
  scope.get("/chat/model", () => ({ mode: preview?.mode() ?? null, modes: preview ? PREVIEW_MODES : [] }));
  scope.post("/chat/model", { preHandler: [refuseStrangers, refuseForms] }, (request, reply) => {
    if (!preview) return reply.code(404).send({ error: "this bot has a model of its own" });
    preview.setMode(modeBody.parse(request.body).mode);
    return { ok: true };
  });
}
