/** `[text](address)` and `![text](address)`, as they are usually written, and not too long to be looked for everywhere. */
const LINK = /!?\[([^\][\n]*)\]\(\s{0,9}<?([^\s()<>]*)>?(?:\s{1,9}["'(][^\n]{0,200}?["')])?\s{0,9}\)/g;
/** `[name]: address`, which links written `[text][name]` refer to. */
const DEFINITION = /^[ \t>]{0,6}\[[^\]\n]+\]:[ \t]*\S.*$/gm;
/** `<scheme:address>` of anything but a web page. */
const OTHER_ADDRESS = /<((?!https?:)[a-z][a-z\d+.-]*:[^\s<>]*)>/gi;

/**
 * The model's Markdown with every link opened: its address stands behind its text, so that nobody is led elsewhere than
 * they see; addresses that are not of web pages are left out. The model has no reason to write links at all.
 */
export function openLinks(markdown: string): string {
  return markdown
    .replaceAll(LINK, (_link, text: string, address: string) => opened(text.trim(), address))
    .replaceAll("](", "] (") // a link in an unusual form
    .replaceAll(DEFINITION, "")
    .replaceAll(OTHER_ADDRESS, "$1");
}

function opened(text: string, address: string): string {
  if (!/^https?:\/\//i.test(address)) return text;
  return text === address || text === "" ? address : `${text} (${address})`;
}
