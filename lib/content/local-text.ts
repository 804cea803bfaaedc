/** A text in every language of `bot.yaml`, by language. Markdown, unless it is a label. */
export type LocalText = Readonly<Record<string, string>>;
