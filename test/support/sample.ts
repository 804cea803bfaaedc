import { type Content, loadContent } from "../../lib/content/index.ts";

let sample: Promise<Content> | undefined;

/** The sample content, loaded once in a process: that takes a second. @throws when it has a mistake. */
export function loadSample(): Promise<Content> {
  sample ??= loadContent("content", {
    onMistake(problem) {
      throw new Error(problem);
    },
  });
  return sample;
}

/** The sample content without its onboarding, which has tests of its own. */
export function withoutOnboarding(content: Content): Content {
  const { onboarding: _onboarding, ...bot } = content.bot;
  return { ...content, bot };
}
