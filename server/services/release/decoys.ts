/**
 * Decoys: secrets that nobody has a reason to read. Whoever does gets no value and learns nothing: in one transaction all
 * project tokens of the agent end, the agent is frozen until a person lifts it, an alarm stands in the audit log and
 * people are told; the answer is the one that a wrong token or a wrong proof gets at the same route.
 *
 * A granted decoy is read like any secret, and that is the alarm. One that is granted to nobody lies in wait for whoever
 * asks for it by a name that nothing else in the namespace has (lesson B13).
 */

import { sql } from "kysely";
import type { Clock, Instant } from "../../../shared/clock.ts";
import { defaultEnvName } from "../../../shared/names.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import { alreadyAudited } from "../../audit/refusals.ts";
import type { AgentCaller, ProjectCaller } from "../../caller.ts";
import { raiseEvent } from "../../events/raise.ts";
import type { VaultError } from "../../../shared/errors.ts";
import { wrongProof } from "../../identity/agent_callers.ts";
import { invalidToken } from "../../identity/jwt.ts";
import { decidePath, policiesOfAgent } from "../../access/policy.ts";
import type { Queries } from "../../store/schema.ts";
import type { Store } from "../../store/store.ts";
import { type KnownGrant, loadPolicies } from "../projects/access_facts.ts";
import { endProjectTokens, freezeAgent } from "../projects/revocation.ts";
import { success } from "../success.ts";

/** What `frozen_reason` says; shown to admins only. */
export const FROZEN_BY_DECOY = "read a decoy";

/** A decoy as far as the alarm has to know it. */
export interface Decoy {
  readonly keyPath: string;
}

/** Who asked for what, and how. */
export interface DecoyRead {
  readonly caller: AgentCaller | ProjectCaller;
  readonly projectName: string;
  readonly decoys: readonly Decoy[];
  readonly via: "discover" | "read";
}

export interface DecoyAlarmDeps {
  readonly store: Pick<Store, "reader">;
  readonly ledger: Ledger;
  readonly clock: Clock;
}

/** The alarm of the routes that read with a project token. */
export class DecoyAlarm {
  readonly #deps: DecoyAlarmDeps;

  constructor(deps: DecoyAlarmDeps) {
    this.#deps = deps;
  }

  /** Raises the alarm where one of the secrets is a decoy. @throws VaultError `token.invalid` */
  async check(
    caller: ProjectCaller,
    grants: readonly (Decoy & { readonly decoy: number })[],
  ): Promise<void> {
    const decoys = grants.filter(({ decoy }) => decoy === 1);
    if (decoys.length > 0) await this.#raise(caller, decoys);
  }

  /** Raises the alarm where a name that gave nothing is that of a decoy. @throws VaultError `token.invalid` */
  async checkName(caller: ProjectCaller, name: string): Promise<void> {
    await this.checkNames(caller, [name]);
  }

  /** {@linkcode checkName} for several. */
  async checkNames(caller: ProjectCaller, names: readonly string[]): Promise<void> {
    const decoys = await findNamedDecoys(this.#deps.store.reader, caller.agent.namespace, names);
    if (decoys.length > 0) await this.#raise(caller, decoys);
  }

  async #raise(caller: ProjectCaller, decoys: readonly Decoy[]): Promise<never> {
    const { ledger, clock } = this.#deps;
    const read = { caller, projectName: caller.projectName, decoys, via: "read" } as const;
    await ledger.commit((tx) => raiseDecoyAlarm(tx, clock.now(), read));
    throw alreadyAudited(invalidToken());
  }
}

/**
 * The decoys that names stand for, spelled as the key path or, in any case, as the name they would be delivered under. A
 * name that a real secret of the namespace has as well, or is granted under, may be asked for in good faith and finds none.
 */
export async function findNamedDecoys(
  db: Queries,
  namespace: string,
  names: readonly string[],
): Promise<readonly Decoy[]> {
  if (names.length === 0) return [];
  const rows = await db.selectFrom("secrets").select("key_path as keyPath")
    // "+" and the written out 1 make SQLite walk through the small index over decoys, and through no other.
    .where(sql<string>`+namespace`, "=", namespace)
    .where((eb) => eb("is_honey_token", "=", eb.lit(1))).execute();
  const paths = new Set(names);
  const upper = new Set(names.map((name) => name.toUpperCase()));
  const found: Decoy[] = [];
  for (const decoy of rows) {
    const name = defaultEnvName(decoy.keyPath);
    const byPath = paths.has(decoy.keyPath) && decoy.keyPath.includes("/");
    if (byPath || (upper.has(name) && !await isRealName(db, namespace, name))) found.push(decoy);
  }
  return found.sort((one, other) => one.keyPath < other.keyPath ? -1 : 1);
}

/** Names that an agent asks for before it has a token. */
export interface AskedNames {
  readonly projectName: string;
  readonly names: readonly string[];
  /** Of the project: a name that one of them gives a meaning is asked for in good faith. */
  readonly grants: readonly Pick<KnownGrant, "effectiveName" | "keyPath" | "decoy">[];
  readonly now: Instant;
}

/**
 * A name that no grant gives a meaning is looked for among the decoys. One that is granted waits to be read, unless a policy
 * keeps it from ever being. Gives the refusal that everybody gets who has not
 * proved to be the agent; the alarm is raised in this work.
 */
export async function alarmForNames(
  tx: Tx,
  caller: AgentCaller,
  { projectName, names, grants, now }: AskedNames,
): Promise<VaultError | undefined> {
  const granted = new Set(grants.map(({ effectiveName }) => effectiveName));
  const unknown = names.filter((name) => !granted.has(name.toUpperCase()));
  const decoys = [
    ...await deniedDecoys(tx, caller, { names, grants }),
    ...await findNamedDecoys(tx.db, caller.agent.namespace, unknown),
  ];
  if (decoys.length === 0) return undefined;
  await raiseDecoyAlarm(tx, now, { caller, projectName, decoys, via: "discover" });
  return alreadyAudited(wrongProof());
}

async function deniedDecoys(
  tx: Tx,
  { agent }: AgentCaller,
  { names, grants }: Pick<AskedNames, "names" | "grants">,
): Promise<readonly Decoy[]> {
  const upper = new Set(names.map((name) => name.toUpperCase()));
  const named = grants.filter(({ decoy, effectiveName }) => decoy === 1 && upper.has(effectiveName));
  if (named.length === 0) return [];
  const policies = policiesOfAgent(await loadPolicies(tx.db), agent.agent_id);
  return named.filter(({ keyPath }) => !decidePath(policies, keyPath).allowed);
}

/** {@linkcode defaultEnvName} in SQL, to the letter as in the index `secrets_name`. */
const LEAF = "length(rtrim(key_path, replace(key_path, '/', ''))) + 1";
const NAME_OF_PATH = sql<string>`upper(substr(key_path, ${sql.raw(LEAF)}))`;

async function isRealName(db: Queries, namespace: string, name: string): Promise<boolean> {
  const secret = await db.selectFrom("secrets").select("id")
    .where("namespace", "=", namespace).where("is_honey_token", "=", 0)
    .where(NAME_OF_PATH, "=", name)
    .limit(1).executeTakeFirst();
  if (secret !== undefined) return true;
  const grant = await db.selectFrom("project_grants as g").innerJoin("secrets as s", "s.id", "g.secret_ref")
    .select("g.id").where("g.namespace", "=", namespace).where("g.effective_name", "=", name)
    .where("s.is_honey_token", "=", 0).limit(1).executeTakeFirst();
  return grant !== undefined;
}

/** Everything that a decoy sets off, inside one transaction. */
export async function raiseDecoyAlarm(tx: Tx, now: Instant, read: DecoyRead): Promise<void> {
  const { agent } = read.caller;
  const tokensRevoked = await endProjectTokens(tx, { agentRef: agent.id }, { at: now, reason: "decoy" });
  const frozen = await freezeAgent(tx, agent.id, { at: now, reason: FROZEN_BY_DECOY });
  await auditDecoys(tx, read, tokensRevoked);
  const event = {
    namespace: agent.namespace,
    agentId: agent.agent_id,
    projectName: read.projectName,
    sourceIp: read.caller.origin.sourceIp,
  };
  await raiseEvent(tx, now, {
    ...event,
    kind: "decoy_read",
    resourcePath: read.decoys[0]?.keyPath ?? null,
    facts: { decoys: read.decoys.length, tokens_revoked: tokensRevoked, via: read.via },
  });
  if (frozen) {
    await raiseEvent(tx, now, { ...event, kind: "agent_frozen", facts: { reason: FROZEN_BY_DECOY } });
  }
}

async function auditDecoys(tx: Tx, { caller, projectName, decoys, via }: DecoyRead, tokensRevoked: number) {
  const token = caller.kind === "project" && caller.token !== null ? { token_id: caller.token.id } : {};
  for (const { keyPath } of decoys) {
    const entry = success(caller, "honey_token_access", {
      agentId: caller.agent.agent_id,
      projectName,
      namespace: caller.agent.namespace,
      resourcePath: keyPath,
      details: { ...token, via, tokens_revoked: tokensRevoked, agent_frozen: true },
    });
    await tx.audit({ ...entry, status: "alarm" });
  }
}
