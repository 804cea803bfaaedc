/** What the setup talks to the operator through. */
export interface Terminal {
  say(text: string): void;
  /**
   * Asks, and resolves with the answer without the spaces around it; with "" at the end of the input.
   * @param options.isSecret nothing that is typed is shown
   */
  ask(question: string, options?: { isSecret?: boolean }): Promise<string>;
}

/** Asks a question until it is answered by yes or no; Enter alone means `preset`. */
export async function confirm(terminal: Terminal, question: string, preset: boolean): Promise<boolean> {
  for (;;) {
    const answer = (await terminal.ask(`${question} [${preset ? "Y/n" : "y/N"}] `)).toLowerCase();
    if (answer === "") return preset;
    if (["y", "yes"].includes(answer)) return true;
    if (["n", "no"].includes(answer)) return false;
  }
}
