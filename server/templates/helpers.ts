/**
 * The helpers that templates may call with parameters (section 7.6 of the wire contract). Pure, and they see values only:
 * no helper prints, stores or looks anything up outside its parameters.
 */

export type TemplateValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly TemplateValue[]
  | ReadonlyMap<string, TemplateValue>;

type Helper = (left: TemplateValue, right: TemplateValue) => TemplateValue;

const HELPERS: Readonly<Record<string, Helper>> = {
  eq: (left, right) => compare(left, right) === 0,
  ne: (left, right) => compare(left, right) !== 0,
  gt: (left, right) => compare(left, right) > 0,
  gte: (left, right) => compare(left, right) >= 0,
  lt: (left, right) => compare(left, right) < 0,
  lte: (left, right) => compare(left, right) <= 0,
  and: (left, right) => isTruthy(left) && isTruthy(right),
  or: (left, right) => isTruthy(left) || isTruthy(right),
  not: (value) => !isTruthy(value),
  len: (value) => lengthOf(value),
  lookup: (container, key) => member(container, String(key)),
  // The predecessor's wrote to the server's log; a value has no business there.
  log: () => "",
};

const BY_NAME: ReadonlyMap<string, Helper> = new Map(Object.entries(HELPERS));

export const HELPER_NAMES: ReadonlySet<string> = new Set(BY_NAME.keys());

/** Helpers that ask whether something is there, so that an absent name is an answer and no error. */
export const LENIENT_HELPERS: ReadonlySet<string> = new Set(["and", "or", "not"]);

/** Calls a helper that the parser has let through. */
export function callHelper(name: string, params: readonly TemplateValue[]): TemplateValue {
  const helper = BY_NAME.get(name);
  if (helper === undefined) throw new Error("the parser let an unknown helper through");
  return helper(params[0], params[1]);
}

/** Empty text, 0, false, nothing, and empty lists and objects are false. */
export function isTruthy(value: TemplateValue): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  return Boolean(value);
}

/** The own entry of an object or list, or undefined. Maps have no prototype to fall through to. */
export function member(container: TemplateValue, key: string): TemplateValue {
  if (container instanceof Map) return container.get(key);
  return Array.isArray(container) && /^\d{1,9}$/.test(key) ? container[Number(key)] : undefined;
}

/** As numbers where both read as numbers, else as texts; NaN, which no comparison accepts, for anything else. */
function compare(left: TemplateValue, right: TemplateValue): number {
  const [a, b] = [scalarText(left), scalarText(right)];
  if (a === undefined || b === undefined) return NaN;
  if (isNumeric(a) && isNumeric(b)) return Number(a) - Number(b);
  return a === b ? 0 : a < b ? -1 : 1;
}

function scalarText(value: TemplateValue): string | undefined {
  return value === null || value === undefined || typeof value === "object" ? undefined : String(value);
}

function isNumeric(text: string): boolean {
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(text);
}

function lengthOf(value: TemplateValue): number {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  return value instanceof Map ? value.size : 0;
}
