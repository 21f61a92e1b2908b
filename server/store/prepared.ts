/**
 * Queries that are built once. Kysely takes as long to build a join as SQLite takes to run it; on the way of every read
 * that is too much. The types are those of the query as it was built.
 */

import type { Compilable, CompiledQuery } from "kysely";
import type { Queries } from "./schema.ts";
import { runCompiled } from "./sqlite_dialect.ts";

/** Stands for a value that each run brings. */
class Placeholder {
  constructor(readonly name: PropertyKey) {}
}

type Values = Readonly<Record<string, unknown>>;

export class PreparedQuery<Params extends Values, Row> {
  readonly #build: (db: Queries, params: Params) => Compilable<Row>;
  #compiled: CompiledQuery<Row> | undefined;

  /** `build` is called once, with placeholders: it may pass them on as values and do nothing else with them. */
  constructor(build: (db: Queries, params: Params) => Compilable<Row>) {
    this.#build = build;
  }

  /** All rows. */
  async run(db: Queries, params: Params): Promise<readonly Row[]> {
    const compiled = this.#compiled ??= this.#compile(db);
    const parameters = compiled.parameters.map((value) =>
      value instanceof Placeholder ? valueOf(params, value) : value
    );
    return await runCompiled(db, compiled, parameters);
  }

  /** Rows of prepared queries may be cached until something else than the audit log is written. */
  #compile(db: Queries): CompiledQuery<Row> {
    const compiled = this.#build(db, placeholders<Params>()).compile();
    if (compiled.sql.includes("audit_log")) throw new Error("the audit log is not read by prepared queries");
    return compiled;
  }

  /** The first row, or undefined. */
  async first(db: Queries, params: Params): Promise<Row | undefined> {
    return (await this.run(db, params))[0];
  }
}

function valueOf(params: Values, { name }: Placeholder): unknown {
  return params[String(name)];
}

/** Whatever name is asked for is a placeholder. */
function placeholders<Params extends Values>(): Params {
  return new Proxy({} as Params, { get: (_target, name) => new Placeholder(name) });
}
