/**
 * The response times that the system before this one published in its guide to concurrent users: for people who ask at
 * the same time, before and after its optimization.
 */
export const PUBLISHED = new Map([
  [5, { before: "5-25 s", after: "3-6 s", improvement: "4x" }],
  [10, { before: "10-50 s", after: "4-8 s", improvement: "6x" }],
  [20, { before: "20-85 s", after: "5-12 s", improvement: "7x" }],
  [50, { before: "100+ s", after: "8-15 s", improvement: "8x" }],
]);

/** The memory per person that the same guide gives. */
export const PUBLISHED_MEMORY = "1-2 MB";
