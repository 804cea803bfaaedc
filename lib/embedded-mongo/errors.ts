import { AppError } from "../core/index.ts";

/** The error codes we answer with, by MongoDB's names for them (its `error_codes.yml`). */
const CODES = {
  InternalError: 1,
  BadValue: 2,
  FailedToParse: 9,
  TypeMismatch: 14,
  InvalidLength: 16,
  IllegalOperation: 20,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  PathNotViable: 28,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  DollarPrefixedFieldName: 52,
  InvalidIdField: 53,
  NotSingleValueField: 54,
  EmptyFieldName: 56,
  CommandNotFound: 59,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  WriteConflict: 112,
  NotAReplicaSet: 123,
  CommandNotSupported: 115,
  CannotIndexParallelArrays: 171,
  InvalidIndexSpecificationOption: 197,
  UnsupportedOpQueryCommand: 352,
  BSONObjectTooLarge: 10334,
  DuplicateKey: 11000,
  Location168: 168,
  Location15947: 15947,
  Location15952: 15952,
  Location15955: 15955,
  Location15958: 15958,
  Location15959: 15959,
  Location15969: 15969,
  Location15973: 15973,
  Location15975: 15975,
  Location15976: 15976,
  Location15983: 15983,
  Location16020: 16020,
  Location16410: 16410,
  Location16556: 16556,
  Location16612: 16612,
  Location16702: 16702,
  Location17124: 17124,
  Location17276: 17276,
  Location17280: 17280,
  Location17312: 17312,
  Location28689: 28689,
  Location28690: 28690,
  Location28808: 28808,
  Location28811: 28811,
  Location28818: 28818,
  Location31119: 31119,
  Location31120: 31120,
  Location31249: 31249,
  Location31254: 31254,
  Location40081: 40081,
  Location40148: 40148,
  Location40156: 40156,
  Location40158: 40158,
  Location40160: 40160,
  Location40228: 40228,
  Location40231: 40231,
  Location40234: 40234,
  Location40235: 40235,
  Location40237: 40237,
  Location40238: 40238,
  Location40272: 40272,
  Location40323: 40323,
  Location40324: 40324,
  Location40414: 40414,
  Location40415: 40415,
  Location51091: 51091,
  Location51272: 51272,
  Location5107201: 5107201,
} as const;

export type CodeName = keyof typeof CODES;

/** A refusal a client is told about: MongoDB's code, its name, and a message in MongoDB's manner. */
export class CommandError extends AppError {
  override readonly name = "CommandError";
  readonly codeName: CodeName;
  /** More for the reply, such as `keyPattern` and `keyValue`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(codeName: CodeName, message: string, details: Record<string, unknown> = {}) {
    super(message, { code: codeName });
    this.codeName = codeName;
    this.details = details;
  }

  get number(): number {
    return CODES[this.codeName];
  }
}

/** For what MongoDB can do and this server leaves out, so that nobody takes our limit for their mistake. */
export function notSupported(what: string): CommandError {
  return new CommandError("CommandNotSupported", `${what} is not supported by the embedded database`);
}
