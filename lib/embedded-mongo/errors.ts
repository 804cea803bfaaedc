import { AppError } from "../core/index.ts";

/** The error codes in use, by MongoDB's names (its `error_codes.yml`). */
const CODES = {
  InternalError: 1,
  BadValue: 2,
  FailedToParse: 9,
  Unauthorized: 13,
  TypeMismatch: 14,
  Overflow: 15,
  InvalidLength: 16,
  AuthenticationFailed: 18,
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
  NotExactValueField: 111,
  WriteConflict: 112,
  NotAReplicaSet: 123,
  CommandNotSupported: 115,
  InvalidPipelineOperator: 168,
  CannotIndexParallelArrays: 171,
  QueryPlanKilled: 175,
  InvalidIndexSpecificationOption: 197,
  CursorKilled: 237,
  MechanismUnavailable: 334,
  UnsupportedOpQueryCommand: 352,
  BSONObjectTooLarge: 10334,
  InterruptedAtShutdown: 11600,
  CursorInUse: 12051,
  DuplicateKey: 11000,
  OutOfDiskSpace: 14031,
} as const;

/** An error without a name is named after its number: `Location40324`. */
export type CodeName = keyof typeof CODES | `Location${number}`;

/** An error for the client: MongoDB's code and name, and a message like MongoDB's. */
export class CommandError extends AppError {
  override readonly name = "CommandError";
  readonly codeName: CodeName;
  /** Further fields of the reply, such as `keyPattern` and `keyValue`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(codeName: CodeName, message: string, details: Record<string, unknown> = {}) {
    super(message, { code: codeName });
    this.codeName = codeName;
    this.details = details;
  }

  get number(): number {
    const { codeName } = this;
    return codeName in CODES
      ? CODES[codeName as keyof typeof CODES]
      : Number(codeName.slice("Location".length));
  }
}

/** For features of MongoDB that this server lacks, as opposed to a client's mistake. */
export function notSupported(what: string): CommandError {
  return new CommandError("CommandNotSupported", `${what} is not supported by the embedded database`);
}
