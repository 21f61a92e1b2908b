/**
 * What a project token gives at one read, from the decision to the opened values. The order is the promise: decide, look
 * for decoys, write the audit row, and only with that row on disk open anything.
 */

import type { CommandFacts } from "../../../shared/api/command.ts";
import type { Clock, Instant } from "../../../shared/clock.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { SecretValue } from "../../../shared/secret_value.ts";
import { policiesOfAgent } from "../../access/policy.ts";
import { decideRelease, type Release, type ReleasedName } from "../../access/release.ts";
import { type CommandGrant, type CommandKeys, commandKeys, liveGrants } from "../../access/command_keys.ts";
import type { AccessRequest } from "../../access/approval.ts";
import type { Policy } from "../../access/policy.ts";
import type { AuditEntry } from "../../audit/entry.ts";
import type { Ledger, ReleasePermit } from "../../audit/ledger.ts";
import type { ProjectCaller, ProjectTokenFacts } from "../../caller.ts";
import { checkStillHeld } from "../../identity/held_token.ts";
import type { Store } from "../../store/store.ts";
import type { Vault } from "../../vault/vault.ts";
import {
  loadCommandGrants,
  loadHistory,
  loadPolicies,
  loadSealedGrants,
  type SealedGrant,
} from "../projects/access_facts.ts";
import { readList, readMap } from "../json_columns.ts";
import { secretPlace } from "../secrets/secret_rows.ts";
import { onceOf, spendOnce } from "../approvals/once_approvals.ts";
import { valueText } from "../secrets/secret_values.ts";
import { success } from "../success.ts";

export interface ReleaseDeps {
  readonly store: Pick<Store, "reader">;
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly clock: Clock;
}

/** A holder of a token that may give something. */
export interface TokenHolder extends ProjectCaller {
  readonly token: ProjectTokenFacts;
}

/** Everything that a read decides from. */
export interface ReleaseView extends Release<SealedGrant> {
  /** All grants of the project, templates included. */
  readonly grants: readonly SealedGrant[];
  readonly scope: readonly string[];
  /** Those that speak of the agent. */
  readonly policies: readonly Policy[];
  readonly history: readonly AccessRequest[];
  /** What approvals of single commands still count for. */
  readonly commandGrants: readonly CommandGrant[];
  readonly commands: CommandKeys;
  /** When it was decided. */
  readonly now: Instant;
}

/**
 * Loads and decides; nothing is opened and nothing written. A read for no command gets nothing that is bound to one.
 */
export async function viewRelease(
  { store, clock }: Pick<ReleaseDeps, "store" | "clock">,
  caller: TokenHolder,
  command: CommandFacts | null = null,
): Promise<ReleaseView> {
  const { agent, projectName, token } = caller;
  const key = { agentRef: agent.id, namespace: agent.namespace, projectName };
  const grants = await loadSealedGrants(store.reader, key);
  const policies = policiesOfAgent(await loadPolicies(store.reader), agent.agent_id);
  const history = await loadHistory(store.reader, key);
  const now = clock.now();
  const allCommands = await loadCommandGrants(store.reader, key);
  const commands = commandKeys(allCommands, now, command);
  const scope = readList(token.scope);
  const decision = decideRelease({
    mapped: frozenNames(token.envMappings),
    scope,
    grants,
    policies,
    history,
    issuedAt: token.issuedAt,
    now,
    commands,
  });
  return {
    ...decision,
    grants,
    scope,
    policies,
    history,
    commandGrants: liveGrants(allCommands, now),
    commands,
    now,
  };
}

function frozenNames(json: string): readonly { readonly name: string; readonly keyPath: string }[] {
  return Object.entries(readMap(json)).map(([name, keyPath]) => ({ name, keyPath }));
}

/** The audit entry of a read: exactly the key paths that are about to be opened. */
export function releaseEntry(
  caller: TokenHolder,
  action: "get_secrets" | "get_config" | "render_template" | "list_ssh_keys" | "ssh_sign" | "sign",
  facts: {
    readonly resourcePath: string;
    readonly keys: readonly string[];
    readonly view: { readonly withheld: readonly { readonly name: string; readonly reason: string }[] };
    readonly details?: AuditEntry["details"];
  },
): AuditEntry {
  return success(caller, action, {
    agentId: caller.agent.agent_id,
    projectName: caller.projectName,
    namespace: caller.agent.namespace,
    resourcePath: facts.resourcePath,
    details: {
      keys: facts.keys,
      token_id: caller.token.id,
      ...facts.details,
      ...(facts.view.withheld.length === 0
        ? {}
        : { withheld: facts.view.withheld.map(({ name, reason }) => `${name}:${reason}`) }),
    },
  });
}

/**
 * The permit to open the grants: after their row is durable, and only if nobody stopped the agent or its token meanwhile.
 * Approvals for one release are used up in the same transaction.
 * @throws VaultError as {@linkcode Ledger.permit} and {@linkcode checkStillHeld}, `grant.denied` where another took the one release
 */
export async function permitRelease(
  { ledger, store, clock }: Pick<ReleaseDeps, "ledger" | "store" | "clock">,
  caller: TokenHolder,
  entry: AuditEntry,
  grants: readonly SealedGrant[],
): Promise<ReleasePermit> {
  const ids = grants.map(({ secretId }) => secretId);
  const once = await onceOf(store.reader, caller, grants, clock.now());
  const permit = once.length === 0 || isOnlyALook(entry)
    ? await ledger.permit([entry], ids)
    : await ledger.permitAfter(async (tx) => {
      await spendOnce(tx, once);
      await tx.audit(entry);
    }, ids);
  await checkStillHeld(store.reader, caller.token.id);
  return permit;
}

/** The public halves of keys: nothing that an approval is used up by. */
function isOnlyALook({ action }: AuditEntry): boolean {
  return action === "list_ssh_keys";
}

/** Names to texts, opened under one permit. @throws VaultError `server.internal` where a value does not open */
export async function openAll(
  deps: ReleaseDeps,
  permit: ReleasePermit,
  caller: TokenHolder,
  released: readonly ReleasedName<SealedGrant>[],
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const { name, grant } of released) texts.set(name, await openText(deps, permit, caller, grant));
  return texts;
}

/** One value as text; its bytes are wiped. */
export async function openText(
  deps: ReleaseDeps,
  permit: ReleasePermit,
  caller: TokenHolder,
  grant: SealedGrant,
): Promise<string> {
  const value = await openValue(deps, permit, caller, grant);
  try {
    return valueText(value.expose(), grant.encoding);
  } catch (cause) {
    throw await undecryptable(deps.ledger, caller, grant, cause);
  } finally {
    value.wipe();
  }
}

/** One value as its bytes; the caller wipes it. @throws VaultError `server.internal` where it does not open */
export async function openValue(
  { vault, ledger }: ReleaseDeps,
  permit: ReleasePermit,
  caller: TokenHolder,
  grant: SealedGrant,
): Promise<SecretValue> {
  try {
    return vault.open(permit, secretPlace({ id: grant.secretId, namespace: grant.namespace }), grant);
  } catch (cause) {
    throw await undecryptable(ledger, caller, grant, cause);
  }
}

/** One unreadable value fails the request: a program that starts without it fails in a way that nobody understands. */
async function undecryptable(
  ledger: Ledger,
  caller: TokenHolder,
  grant: SealedGrant,
  cause: unknown,
): Promise<VaultError> {
  const entry = success(caller, "secret_undecryptable", {
    agentId: caller.agent.agent_id,
    projectName: caller.projectName,
    namespace: caller.agent.namespace,
    resourcePath: grant.keyPath,
  });
  await ledger.commit((tx) => tx.audit({ ...entry, status: "alarm" }));
  return new VaultError(
    "server.internal",
    "A secret of this project cannot be decrypted; tell an admin to store it anew",
    {
      details: { key_path: grant.keyPath },
      cause,
    },
  );
}
