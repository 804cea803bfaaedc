import type { FlowDraft, FlowReferences } from "./draft.ts";
import {
  AGE_GROUPS,
  type AskNode,
  type Condition,
  type Expected,
  type FlowAction,
  type ProfileField,
  type Test,
} from "./flow.ts";
import { nextIds, reachableFrom } from "./graph.ts";

/** An answer saved under a name: its type, and its possible values when it is a choice. */
interface SavedAnswer {
  type: Expected["type"];
  choices: readonly string[];
  /** The steps that can come after the answer was given. */
  knownAt: ReadonlySet<string>;
}

/** How conditions can compare each type of answer; null: only whether it is known. */
const COMPARED_AS = {
  choice: "text",
  text: "text",
  number: "number",
  date: null,
  location: null,
  contact: null,
} as const satisfies Record<Expected["type"], "text" | "number" | null>;

/** Reports conditions that can never hold, and answers that are used too early or as the wrong type. */
export function checkAnswers(draft: FlowDraft, references: FlowReferences): void {
  const answers = collectAnswers(draft);
  for (const [id, node] of draft.steps) {
    if (node.kind === "branch") {
      for (const [index, { when }] of node.cases.entries()) {
        const mistake = conditionMistake(when, id, answers, references);
        if (mistake) draft.refuse(["steps", id, "branch", index, "when"], mistake);
      }
    }
    if (node.kind === "act") {
      const mistake = actionMistake(node.action, id, answers, references);
      if (mistake) draft.refuse(["steps", id], mistake);
    }
  }
}

function collectAnswers({ steps, refuse }: FlowDraft): Map<string, SavedAnswer> {
  const answers = new Map<string, SavedAnswer>();
  for (const [id, node] of steps) {
    if (node.kind !== "ask" || node.save === undefined) continue;
    const { type } = node.expects;
    const earlier = answers.get(node.save);
    if (earlier && earlier.type !== type) {
      refuse(
        ["steps", id, "save"],
        `keeps a ${type} as "${node.save}", which another step keeps as a ${earlier.type}; rename one`,
      );
      continue;
    }
    answers.set(node.save, {
      type,
      choices: [...(earlier?.choices ?? []), ...choicesOf(node)],
      knownAt: new Set([...(earlier?.knownAt ?? []), ...reachableFrom(steps, nextIds(node))]),
    });
  }
  return answers;
}

function choicesOf({ expects }: AskNode): string[] {
  return expects.type === "choice" ? expects.rows.flat().map(({ id }) => id) : [];
}

/** An answer that may have been given before a step; otherwise the mistake. */
function answerAt(
  name: string,
  step: string,
  answers: ReadonlyMap<string, SavedAnswer>,
): SavedAnswer | { mistake: string } {
  const answer = answers.get(name);
  if (!answer) return { mistake: `uses the answer "${name}", which no step keeps with "save: ${name}"` };
  if (answer.knownAt.has(step)) return answer;
  return { mistake: `uses the answer "${name}", which is asked for only later` };
}

/** The possible values of a profile field; null when it can be any text. */
function fieldValues(field: ProfileField, references: FlowReferences): readonly string[] | null {
  switch (field) {
    case "ageGroup":
      return AGE_GROUPS;
    case "language":
      return references.languages;
    case "topic":
      return references.topicIds;
    case "name":
    case "region":
      return null;
  }
}

function conditionMistake(
  when: Condition,
  step: string,
  answers: ReadonlyMap<string, SavedAnswer>,
  references: FlowReferences,
): string | null {
  if ("hasTeam" in when) return null;
  if ("profile" in when) {
    const type = "text";
    return testMistake(when, { type, values: fieldValues(when.profile, references) });
  }
  const answer = answerAt(when.answer, step, answers);
  if ("mistake" in answer) return answer.mistake;
  return testMistake(when, {
    type: answer.type,
    values: answer.type === "choice" ? answer.choices : null,
  });
}

/**
 * Why a test can never hold for an answer of this type, or null.
 * @param subject its `values` are the only possible ones, or null
 */
function testMistake(
  test: Test,
  subject: { type: Expected["type"]; values: readonly string[] | null },
): string | null {
  if ("isKnown" in test) return null;
  const comparedAs = COMPARED_AS[subject.type];
  if ("atLeast" in test || "atMost" in test) {
    return comparedAs === "number" ? null : "compares what is not a number; use is, one_of or known";
  }
  if (comparedAs === null) return `compares a ${subject.type} with a value; use known`;
  for (const value of "is" in test ? [test.is] : test.oneOf) {
    const isNumber = typeof value === "number";
    if (isNumber !== (comparedAs === "number"))
      return `can never be "${value}"; ${isNumber ? "put the value in quotes" : "write a number"}`;
    if (subject.values && !subject.values.includes(String(value)))
      return `can never be "${value}"; it is one of: ${subject.values.join(", ")}`;
  }
  return null;
}

function actionMistake(
  action: FlowAction,
  step: string,
  answers: ReadonlyMap<string, SavedAnswer>,
  references: FlowReferences,
): string | null {
  switch (action.do) {
    case "save":
      return saveMistake(action, step, answers, references);
    case "topic":
      return topicMistake(action, step, answers, references);
    case "ask":
      return askMistake(action, step, answers);
    case "flow":
    case "hand-over":
      return null;
  }
}

function askMistake(
  { from }: Extract<FlowAction, { do: "ask" }>,
  step: string,
  answers: ReadonlyMap<string, SavedAnswer>,
): string | null {
  if (from === undefined) return null;
  const answer = answerAt(from, step, answers);
  if ("mistake" in answer) return answer.mistake;
  const isAskable = answer.type === "text" || answer.type === "choice";
  return isAskable ? null : `asks the assistant with a ${answer.type}; use a text or a choice`;
}

function topicMistake(
  { from }: Extract<FlowAction, { do: "topic" }>,
  step: string,
  answers: ReadonlyMap<string, SavedAnswer>,
  { topicIds }: FlowReferences,
): string | null {
  if (from === undefined) return null;
  const answer = answerAt(from, step, answers);
  if ("mistake" in answer) return answer.mistake;
  if (answer.type !== "choice") return `opens a ${answer.type} as a topic; ask with "choices: topics"`;
  const wrong = answer.choices.find((choice) => !topicIds.includes(choice));
  return wrong === undefined ? null : `opens the choice "${wrong}", which is no topic`;
}

function saveMistake(
  { field, from, value }: Extract<FlowAction, { do: "save" }>,
  step: string,
  answers: ReadonlyMap<string, SavedAnswer>,
  references: FlowReferences,
): string | null {
  const values = fieldValues(field, references);
  const name = field === "ageGroup" ? "age_group" : field;
  const list = values?.join(", ");
  if (value !== undefined && values && !values.includes(value))
    return `saves "${value}" as ${name}, which is one of: ${list}`;
  if (from === undefined) return null;
  const answer = answerAt(from, step, answers);
  if ("mistake" in answer) return answer.mistake;
  if (answer.type !== "choice") {
    if (values) return `saves a ${answer.type} as ${name}; ask with choices, which are to be: ${list}`;
    return answer.type === "text" ? null : `saves a ${answer.type} as ${name}; use a text or a choice`;
  }
  const wrong = answer.choices.find((choice) => values && !values.includes(choice));
  return wrong === undefined ? null : `saves the choice "${wrong}" as ${name}, which is one of: ${list}`;
}
