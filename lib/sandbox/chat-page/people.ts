import type { SandboxPerson } from "../people/people.ts";

/** A person that the page offers. */
export interface PagePerson extends Required<SandboxPerson> {
  /** What is said beside the name. */
  note: string;
  /** The group that the person is shown in at first; others do not see it. None: the private chat with the bot. */
  groupId: number | null;
}

/** The preset group and person that answer people who ask for one. */
export const OPERATORS_GROUP = { chatId: -1_000_000_000_500, title: "Operators" };
export const OPERATOR: PagePerson = {
  userId: 1005,
  firstName: "Nora",
  languageCode: "en",
  note: "operator",
  groupId: OPERATORS_GROUP.chatId,
};

const PEOPLE: readonly PagePerson[] = [
  { userId: 1001, firstName: "Amina", languageCode: "en" },
  { userId: 1002, firstName: "Théo", languageCode: "fr" },
  { userId: 1003, firstName: "Grace", languageCode: "en" },
  { userId: 1004, firstName: "Inès", languageCode: "fr" },
].map((person) => ({ ...person, note: person.languageCode, groupId: null }));

/** The people that the page offers, the operator where there is the operators' group; any other number after `?user=` is a person too. */
export function peopleFor(groups: readonly { id: number }[]): readonly PagePerson[] {
  const hasOperators = groups.some(({ id }) => id === OPERATORS_GROUP.chatId);
  return hasOperators ? [...PEOPLE, OPERATOR] : PEOPLE;
}

/** Whether a person sees a group in the list. */
export function seesGroup(user: number, groupId: number): boolean {
  return groupId !== OPERATORS_GROUP.chatId || user === OPERATOR.userId;
}

/** The person with this id. */
export function personOf(user: number): SandboxPerson {
  const known = [...PEOPLE, OPERATOR].find((person) => person.userId === user);
  if (!known) return { userId: user };
  const { userId, firstName, languageCode } = known;
  return { userId, firstName, languageCode };
}
