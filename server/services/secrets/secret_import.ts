/**
 * Import of a dotenv text: one transaction, a report line by line, nothing stored unless every line is good or the
 * caller takes what is. No report names a value.
 */

import type {
  ImportLine,
  ImportOutcome,
  ImportReport,
  ImportSecretsRequest,
} from "../../../shared/api/secrets.ts";
import type { Clock, Instant } from "../../../shared/clock.ts";
import { randomUuid } from "../../../shared/crypto/random.ts";
import { wipe } from "../../../shared/crypto/wipe.ts";
import { type DotenvLine, parseDotenv } from "../../../shared/dotenv.ts";
import { utf8 } from "../../../shared/encoding.ts";
import { VaultError } from "../../../shared/errors.ts";
import { type KeyPath, type NamespaceName, parseKeyPath } from "../../../shared/names.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import type { AdminCaller } from "../../caller.ts";
import { MAX_VALUE_BYTES, type Vault } from "../../vault/vault.ts";
import type { ServiceDeps } from "../deps.ts";
import { checkWithin } from "../namespace_reach.ts";
import { ensureNamespace, namespaceOf } from "../namespaces.ts";
import { findSecret, insertSecret, sealNewSecret, secretPlace } from "./secret_rows.ts";
import { redactionProblem } from "./secret_values.ts";
import { keepPresent, KEPT_VERSIONS } from "./secret_versions.ts";
import { success } from "../success.ts";

/** A transaction holds all others up while it runs: about a second for this many lines. */
const MAX_LINES = 10_000;
const LOOKUP_CHUNK = 500;

interface Plan {
  readonly line: number;
  readonly name: string | null;
  readonly keyPath: KeyPath | null;
  readonly value: string;
  readonly outcome: ImportOutcome;
  readonly problem: string | null;
  /** The row that is replaced. */
  readonly existing: ExistingSecret | undefined;
}

interface ExistingSecret {
  readonly id: string;
  readonly key_path: string;
  readonly secret_type: string;
  readonly is_honey_token: number;
  readonly version: number;
  readonly unredactable: number;
}

interface Target {
  readonly namespace: NamespaceName;
  readonly now: Instant;
}

interface Replacement {
  readonly existing: ExistingSecret;
  readonly value: string;
  readonly target: Target;
}

interface NewTarget extends Target {
  readonly description: string | null;
  readonly unredactable: boolean;
}

export class SecretImportService {
  readonly #ledger: Ledger;
  readonly #vault: Vault;
  readonly #clock: Clock;
  readonly #kept: number;

  constructor({ ledger, vault, clock, config }: ServiceDeps) {
    this.#ledger = ledger;
    this.#vault = vault;
    this.#clock = clock;
    this.#kept = config.keptVersions ?? KEPT_VERSIONS;
  }

  /** @throws VaultError `import.invalid` with the report in `details`, where nothing was stored */
  async import(caller: AdminCaller, request: ImportSecretsRequest): Promise<ImportReport> {
    const lines = parseDotenv(request.content);
    if (lines.length === 0) {
      throw new VaultError("import.invalid", "The text has no assignment; send NAME=value lines");
    }
    if (lines.length > MAX_LINES) {
      throw new VaultError(
        "import.invalid",
        `The text has more than ${MAX_LINES} assignments; send it in parts`,
      );
    }
    const target = { namespace: namespaceOf(request.namespace), now: this.#clock.now() };
    checkWithin(caller, target.namespace);
    return await this.#ledger.commit(async (tx) => {
      const plans = await planAll(tx, lines, request, target.namespace);
      const report = reportOf(plans, request, target.namespace);
      if (report.invalid > 0 && !request.partial && !request.dry_run) throw refused(report);
      await tx.audit(
        success(caller, "import_secrets", { namespace: target.namespace, details: countsOf(report) }),
      );
      if (!request.dry_run) {
        const { description, unredactable } = request;
        await this.#store(tx, caller, plans, { ...target, description: description || null, unredactable });
      }
      return report;
    });
  }

  async #store(
    tx: Tx,
    caller: AdminCaller,
    plans: readonly Plan[],
    target: NewTarget,
  ): Promise<void> {
    if (plans.some((plan) => plan.outcome === "created")) {
      await ensureNamespace(tx, target.namespace, target.now);
    }
    for (const plan of plans) {
      if (plan.keyPath === null || (plan.outcome !== "created" && plan.outcome !== "replaced")) continue;
      const action = plan.outcome === "created" ? "create_secret" : "update_secret";
      await tx.audit(success(caller, action, { namespace: target.namespace, resourcePath: plan.keyPath }));
      if (plan.existing === undefined) await this.#create(tx, plan.keyPath, plan.value, target);
      else await this.#replace(tx, caller, { existing: plan.existing, value: plan.value, target });
    }
  }

  async #create(
    tx: Tx,
    keyPath: KeyPath,
    value: string,
    { namespace, now, description, unredactable }: NewTarget,
  ): Promise<void> {
    const secret = {
      id: randomUuid(),
      namespace,
      keyPath,
      type: "KEY_VALUE",
      encoding: "utf8",
      description,
      isDecoy: false,
      isUnredactable: unredactable,
    } as const;
    await insertSecret(tx, sealNewSecret(this.#vault, secret, utf8(value), now));
  }

  async #replace(tx: Tx, caller: AdminCaller, { existing, value, target }: Replacement): Promise<void> {
    const { namespace, now } = target;
    const bytes = utf8(value);
    const sealed = this.#vault.seal(secretPlace({ id: existing.id, namespace }), bytes);
    wipe(bytes);
    await keepPresent(tx, this.#vault, await findSecret(tx.db, existing.id, caller), {
      now,
      kept: this.#kept,
    });
    const changes = { ...sealed, encoding: "utf8", version: existing.version + 1, updated_at: now } as const;
    await tx.db.updateTable("secrets").set(changes).where("id", "=", existing.id).execute();
  }
}

/** What would become of each line. Repeats count from the second on. */
async function planAll(
  tx: Tx,
  lines: readonly DotenvLine[],
  request: ImportSecretsRequest,
  namespace: NamespaceName,
): Promise<Plan[]> {
  const plans = lines.map((line) => planLine(line, request));
  const existing = await findExisting(tx, namespace, plans.flatMap(({ keyPath }) => keyPath ?? []));
  const taken = new Set<string>();
  return plans.map((plan) => {
    if (plan.keyPath === null || plan.outcome === "invalid") return plan;
    if (taken.has(plan.keyPath)) {
      return invalid(plan, "An earlier line has the same key path; keep one of them");
    }
    taken.add(plan.keyPath);
    const present = existing.get(plan.keyPath);
    const planned = planExisting(plan, present, request.duplicates);
    return planRedactable(planned, request.unredactable || present?.unredactable === 1);
  });
}

function planLine(line: DotenvLine, request: ImportSecretsRequest): Plan {
  const blank = { line: line.line, name: null, keyPath: null, value: "", existing: undefined };
  if (!line.ok) return { ...blank, outcome: "invalid", problem: line.problem };
  const keyPath = keyPathOf(line.name, request);
  const plan: Plan = {
    ...blank,
    name: line.name,
    keyPath,
    value: line.value,
    outcome: "created",
    problem: null,
  };
  if (keyPath === null) {
    return invalid(plan, "The name with its prefix is no key path; shorten it or change the prefix");
  }
  const problem = valueProblem(line.value);
  return problem === undefined ? plan : invalid(plan, problem);
}

function planExisting(
  plan: Plan,
  existing: ExistingSecret | undefined,
  duplicates: ImportSecretsRequest["duplicates"],
): Plan {
  if (existing === undefined) return plan;
  if (duplicates === "skip") return { ...plan, outcome: "skipped" };
  if (duplicates === "fail") {
    return invalid(plan, "A secret exists at this key path; set 'duplicates' to skip or replace");
  }
  if (existing.secret_type !== "KEY_VALUE" || existing.is_honey_token === 1) {
    return invalid(plan, "The secret at this key path is no plain KEY_VALUE secret; change it by itself");
  }
  return { ...plan, outcome: "replaced", existing };
}

/** What programs could show is left out and named: configuration stands among the secrets of most such files. */
function planRedactable(plan: Plan, isUnredactable: boolean): Plan {
  if (plan.outcome !== "created" && plan.outcome !== "replaced") return plan;
  const problem = redactionProblem(utf8(plan.value), { type: "KEY_VALUE", isUnredactable });
  return problem === undefined ? plan : { ...plan, outcome: "skipped", problem };
}

/** In chunks: one query for each line would cost more than the rest of the import. */
async function findExisting(
  tx: Tx,
  namespace: string,
  keyPaths: readonly KeyPath[],
): Promise<Map<string, ExistingSecret>> {
  const found = new Map<string, ExistingSecret>();
  for (let start = 0; start < keyPaths.length; start += LOOKUP_CHUNK) {
    const rows = await tx.db.selectFrom("secrets")
      .select(["id", "key_path", "secret_type", "is_honey_token", "unredactable", "version"])
      .where("namespace", "=", namespace)
      .where("key_path", "in", keyPaths.slice(start, start + LOOKUP_CHUNK)).execute();
    for (const row of rows) found.set(row.key_path, row);
  }
  return found;
}

function keyPathOf(name: string, { lowercase, prefix }: ImportSecretsRequest): KeyPath | null {
  const leaf = lowercase ? name.toLowerCase() : name;
  const start = (prefix ?? "").replace(/\/+$/, "");
  try {
    return parseKeyPath(start === "" ? leaf : `${start}/${leaf}`);
  } catch {
    return null;
  }
}

function valueProblem(value: string): string | undefined {
  if (!value.isWellFormed()) return "The value holds half of a surrogate pair; send whole characters";
  return utf8(value).byteLength > MAX_VALUE_BYTES
    ? "The value is longer than 1 MiB; store a shorter one"
    : undefined;
}

function invalid(plan: Plan, problem: string): Plan {
  return { ...plan, outcome: "invalid", problem };
}

function reportOf(plans: readonly Plan[], request: ImportSecretsRequest, namespace: string): ImportReport {
  const count = (outcome: ImportOutcome) => plans.filter((plan) => plan.outcome === outcome).length;
  return {
    stored: !request.dry_run,
    dry_run: request.dry_run,
    namespace,
    created: count("created"),
    replaced: count("replaced"),
    skipped: count("skipped"),
    invalid: count("invalid"),
    lines: plans.map(toLine),
  };
}

function toLine({ line, name, keyPath, outcome, problem }: Plan): ImportLine {
  return { line, name, key_path: keyPath, outcome, problem };
}

function countsOf({ dry_run, created, replaced, skipped, invalid }: ImportReport) {
  return { dry_run, created, replaced, skipped, invalid };
}

function refused(report: ImportReport): VaultError {
  const message =
    `Nothing was stored, because ${report.invalid} of ${report.lines.length} lines cannot be; ` +
    "correct them, or set 'partial' to store the rest";
  return new VaultError("import.invalid", message, { details: { ...report, stored: false } });
}
