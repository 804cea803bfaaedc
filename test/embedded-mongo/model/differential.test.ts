import { expect } from "chai";
import fc from "fast-check";
import { compileExpression } from "../../../lib/embedded-mongo/aggregate/expressions.ts";
import { CommandError } from "../../../lib/embedded-mongo/errors.ts";
import { compileQuery } from "../../../lib/embedded-mongo/query/matcher.ts";
import { compileUpdate } from "../../../lib/embedded-mongo/update/update.ts";
import { share } from "../../support/thorough.ts";
import { expressions, modelEvaluate } from "./expressions.ts";
import { modelMatches, queries } from "./queries.ts";
import { changes, modelUpdate, Refused } from "./updates.ts";
import { type Plain, paths, plainDocuments, toDocument, toPlain, toValue } from "./values.ts";

const RUNS = { numRuns: share(3_000) };

/** A result, or the code it is refused with. */
function outcome(compute: () => Plain | undefined): { value: Plain | undefined } | { code: number } {
  try {
    return { value: compute() };
  } catch (error) {
    if (error instanceof Refused) return { code: error.code };
    if (error instanceof CommandError) return { code: error.number };
    throw error;
  }
}

describe("the embedded MongoDB, beside a model of MongoDB's rules", () => {
  it("matches the same documents", () => {
    fc.assert(
      fc.property(plainDocuments, queries, (document, query) => {
        const { matches } = compileQuery(toDocument(query));
        expect(matches(toDocument(document))).to.equal(modelMatches(document, query));
      }),
      RUNS,
    );
  });

  it("changes documents alike, and refuses the same changes", () => {
    fc.assert(
      fc.property(plainDocuments, paths, changes, (before, path, [operator, operand]) => {
        // A field cannot be renamed to what contains it, or what it contains: that is refused before.
        const target = typeof operand === "string" ? operand : "";
        fc.pre(
          operator !== "$rename" ||
            !(`${path}.`.startsWith(`${target}.`) || `${target}.`.startsWith(`${path}.`)),
        );
        const options = { now: new Date(0), inserting: false };
        const update = compileUpdate(toDocument({ [operator]: { [path]: operand } }));
        const actual = outcome(() => toPlain(update.apply(toDocument(before), options)));
        const expected = outcome(() => toPlain(toValue(modelUpdate(before, operator, path, operand))));
        expect(actual).to.deep.equal(expected);
      }),
      RUNS,
    );
  });

  it("computes the same values, and refuses the same expressions", () => {
    fc.assert(
      fc.property(plainDocuments, expressions, (document, expression) => {
        const compiled = compileExpression(toValue(expression));
        const actual = outcome(() => {
          const value = compiled(toDocument(document));
          return value === undefined ? undefined : toPlain(value);
        });
        const expected = outcome(() => {
          const value = modelEvaluate(expression, document);
          return value === undefined ? undefined : toPlain(toValue(value));
        });
        expect(actual).to.deep.equal(expected);
      }),
      RUNS,
    );
  });
});
