import type { FlowDraft, FlowSurroundings } from "./draft.ts";
import {
  AGE_GROUPS,
  type Condition,
  type Expected,
  type FlowAction,
  type FlowNode,
  type ProfileField,
  type Test,
} from "./flow.ts";
import { nextOf, reachableFrom } from "./graph.ts";

/** What a flow keeps under one name: the kind of answer, and the choices where it is one. */
interface KeptAnswer {
  type: Expected["type"];
  choices: readonly string[];
  /** The steps that can come after it was given. */
  knownAt: ReadonlySet<string>;
}

/** Tells of conditions that can never be met, and of answers that are used before they are given or as what they are not. */
export function checkAnswers(draft: FlowDraft, surroundings: FlowSurroundings): void {
  const answers = collectAnswers(draft);
  for (const [id, node] of draft.steps) {
    if (node.kind === "branch") {
      for (const [index, { when }] of node.cases.entries()) {
        const mistake = conditionMistake(when, id, answers, surroundings);
        if (mistake) draft.refuse(["steps", id, "branch", index, "when"], mistake);
      }
    }
    if (node.kind === "act") {
      const mistake = actionMistake(node.action, id, answers, surroundings);
      if (mistake) draft.refuse(["steps", id], mistake);
    }
  }
}

function collectAnswers({ steps, refuse }: FlowDraft): Map<string, KeptAnswer> {
  const answers = new Map<string, KeptAnswer>();
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
      knownAt: new Set([...(earlier?.knownAt ?? []), ...reachableFrom(steps, nextOf(node))]),
    });
  }
  return answers;
}

function choicesOf({ expects }: Extract<FlowNode, { kind: "ask" }>): string[] {
  return expects.type === "choice" ? expects.rows.flat().map(({ id }) => id) : [];
}

/** An answer that may have been given before a step; else what is wrong. */
function answerAt(
  name: string,
  step: string,
  answers: ReadonlyMap<string, KeptAnswer>,
): KeptAnswer | { mistake: string } {
  const answer = answers.get(name);
  if (!answer) return { mistake: `uses the answer "${name}", which no step keeps with "save: ${name}"` };
  if (answer.knownAt.has(step)) return answer;
  return { mistake: `uses the answer "${name}", which is asked for only later` };
}

/** The values a field of the profile can have; null when it may be any text. */
function fieldValues(field: ProfileField, surroundings: FlowSurroundings): readonly string[] | null {
  switch (field) {
    case "ageGroup":
      return AGE_GROUPS;
    case "language":
      return surroundings.languages;
    case "topic":
      return surroundings.topicIds;
    default:
      return null;
  }
}

function conditionMistake(
  when: Condition,
  step: string,
  answers: ReadonlyMap<string, KeptAnswer>,
  surroundings: FlowSurroundings,
): string | null {
  if ("hasTeam" in when) return null;
  if ("profile" in when) {
    const type = "text";
    return testMistake(when, { type, values: fieldValues(when.profile, surroundings) });
  }
  const answer = answerAt(when.answer, step, answers);
  if ("mistake" in answer) return answer.mistake;
  return testMistake(when, {
    type: answer.type,
    values: answer.type === "choice" ? answer.choices : null,
  });
}

/** Whether a test can be met by something of this type, which is one of `values` if there are any. */
function testMistake(
  test: Test,
  subject: { type: Expected["type"]; values: readonly string[] | null },
): string | null {
  if ("isKnown" in test) return null;
  if ("atLeast" in test || "atMost" in test) {
    return subject.type === "number" ? null : "compares what is not a number; use is, one_of or known";
  }
  if (subject.type === "location" || subject.type === "contact" || subject.type === "date") {
    return `compares a ${subject.type} with a value; use known`;
  }
  for (const value of "is" in test ? [test.is] : test.oneOf) {
    const isNumber = typeof value === "number";
    if (isNumber !== (subject.type === "number"))
      return `can never be "${value}"; ${isNumber ? "put the value in quotes" : "write a number"}`;
    if (subject.values && !subject.values.includes(String(value)))
      return `can never be "${value}"; it is one of: ${subject.values.join(", ")}`;
  }
  return null;
}

function actionMistake(
  action: FlowAction,
  step: string,
  answers: ReadonlyMap<string, KeptAnswer>,
  surroundings: FlowSurroundings,
): string | null {
  if (action.do === "save") return saveMistake(action, step, answers, surroundings);
  if (action.do === "topic") return topicMistake(action, step, answers, surroundings);
  if (action.do !== "ask" || action.from === undefined) return null;
  const answer = answerAt(action.from, step, answers);
  if ("mistake" in answer) return answer.mistake;
  const isAskable = answer.type === "text" || answer.type === "choice";
  return isAskable ? null : `asks the assistant with a ${answer.type}; use a text or a choice`;
}

function topicMistake(
  { from }: Extract<FlowAction, { do: "topic" }>,
  step: string,
  answers: ReadonlyMap<string, KeptAnswer>,
  { topicIds }: FlowSurroundings,
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
  answers: ReadonlyMap<string, KeptAnswer>,
  surroundings: FlowSurroundings,
): string | null {
  const values = fieldValues(field, surroundings);
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
