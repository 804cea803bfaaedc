import type { SandboxPerson } from "../people/people.ts";

/** The people that the page offers; any other number after `?user=` is a person too. */
export const PEOPLE: readonly Required<SandboxPerson>[] = [
  { userId: 1001, firstName: "Amina", languageCode: "en" },
  { userId: 1002, firstName: "Théo", languageCode: "fr" },
  { userId: 1003, firstName: "Grace", languageCode: "en" },
  { userId: 1004, firstName: "Inès", languageCode: "fr" },
];

/** The person with this id. */
export function personOf(user: number): SandboxPerson {
  return PEOPLE.find((person) => person.userId === user) ?? { userId: user };
}
