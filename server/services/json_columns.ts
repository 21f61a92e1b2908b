/** Columns that hold JSON text. The database checks that they are lists or objects; texts in them are ours. */

/** A list of texts. */
export function readList(json: string | null): string[] {
  const value: unknown = json === null ? [] : JSON.parse(json);
  if (Array.isArray(value)) return value.map(String);
  throw new Error("a column that should hold a list holds something else");
}

/** An object whose values are texts. */
export function readMap(json: string | null): Record<string, string> {
  const value: unknown = json === null ? {} : JSON.parse(json);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error("a column that should hold an object holds something else");
  }
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)]));
}
