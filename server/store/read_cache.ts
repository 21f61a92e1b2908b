/**
 * Rows that the reads of every request ask for again and again, kept until anything but the audit log changes. All
 * writes of this database go through one connection of this process (a lock file sees to it), which empties the cache
 * in the same turn in which its commit returns: nobody can read a row that is older than the last commit.
 *
 * Rows are shared between requests and must not be changed. Sealed columns stay sealed in here.
 */

/** A row as the driver gives it. */
export type CachedRow = Readonly<Record<string, unknown>>;

/** Bytes of all kept rows together, roughly: the hot rows of thousands of projects fit. */
const MAX_BYTES = 16 * 1024 * 1024;
/** A result above this is not kept: one project with large values must not push all others out. */
const MAX_RESULT_BYTES = 256 * 1024;

export class ReadCache {
  readonly #results = new Map<object, Map<string, readonly unknown[]>>();
  #bytes = 0;

  /** The rows of `query` (any object that stands for it) with these parameters, or undefined. */
  get(query: object, parameters: string): readonly unknown[] | undefined {
    return this.#results.get(query)?.get(parameters);
  }

  keep(query: object, parameters: string, rows: readonly CachedRow[]): void {
    const bytes = rows.reduce((sum, row) => sum + sizeOf(row), parameters.length);
    if (bytes > MAX_RESULT_BYTES) return;
    if (this.#bytes + bytes > MAX_BYTES) this.clear();
    this.#bytes += bytes;
    const known = this.#results.get(query) ?? new Map<string, readonly unknown[]>();
    this.#results.set(query, known.set(parameters, rows));
  }

  clear(): void {
    if (this.#bytes === 0) return;
    this.#results.clear();
    this.#bytes = 0;
  }
}

/** What the columns hold, and a round sum for the object around them. */
function sizeOf(row: CachedRow): number {
  let bytes = 64;
  for (const value of Object.values(row)) {
    if (typeof value === "string") bytes += value.length * 2;
    else bytes += value instanceof Uint8Array ? value.byteLength + 64 : 8;
  }
  return bytes;
}
