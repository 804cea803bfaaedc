/** `[text](address)` and `![text](address)`; lengths are bounded so that matching takes linear time. */
const LINK = /!?\[([^\][\n]*)\]\(\s{0,9}<?([^\s()<>]*)>?(?:\s{1,9}["'(][^\n]{0,200}?["')])?\s{0,9}\)/g;
/** `[name]: address`, the target of links written `[text][name]`. */
const DEFINITION = /^[ \t>]{0,6}\[[^\]\n]+\]:[ \t]*\S.*$/gm;
/** `<scheme:address>` of anything but a web page. */
const OTHER_ADDRESS = /<((?!https?:)[a-z][a-z\d+.-]*:[^\s<>]*)>/gi;

/**
 * Writes each link's address after its text, so that a link cannot lead elsewhere than it says, and drops addresses that
 * are not of web pages. The model has no reason to write links at all.
 */
export function openLinks(markdown: string): string {
  return markdown
    .replaceAll(LINK, (_link, text: string, address: string) => opened(text.trim(), address))
    .replaceAll("](", "] (") // breaks links in any form that LINK does not match
    .replaceAll(DEFINITION, "")
    .replaceAll(OTHER_ADDRESS, "$1");
}

function opened(text: string, address: string): string {
  if (!/^https?:\/\//i.test(address)) return text;
  return text === address || text === "" ? address : `${text} (${address})`;
}
