/**
 * Issues project tokens. A project has one active token; issuing another revokes it for good, and no earlier one ever
 * comes back (lesson B10). The work that issues also binds the project to its agent.
 */

import type { Selectable } from "kysely";
import type { Instant } from "../../../shared/clock.ts";
import { randomUuid } from "../../../shared/crypto/random.ts";
import { VaultError } from "../../../shared/errors.ts";
import { type MappedName, scopeOf } from "../../access/mapping.ts";
import type { Tx } from "../../audit/ledger.ts";
import type { AgentCaller } from "../../caller.ts";
import {
  hashToken,
  newProjectToken,
  PROJECT_TOKEN_LIFE,
  type TokenPlaintext,
} from "../../identity/project_token.ts";
import type { ProjectTable } from "../../store/schema.ts";
import type { AccessKey } from "./access_facts.ts";
import { success } from "../success.ts";

export interface IssuedToken {
  /** The `jti`; null for a token without a row. */
  readonly id: string | null;
  readonly text: TokenPlaintext;
  readonly scope: readonly string[];
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
}

export interface TokenToIssue {
  readonly key: AccessKey;
  /** Undefined where this token makes the project. */
  readonly project: Selectable<ProjectTable> | undefined;
  readonly mapped: readonly MappedName[];
  readonly regenerate: boolean;
  /** The key that will sign the second form, where one is wanted. */
  readonly signedKid: string | null;
  readonly now: Instant;
}

/** Tokens that ended this long ago are forgotten when the next one is issued. */
const KEEP_ENDED = PROJECT_TOKEN_LIFE;

/** @throws VaultError `project.token_active` */
export async function issueToken(tx: Tx, caller: AgentCaller, issue: TokenToIssue): Promise<IssuedToken> {
  const projectRef = await bindProject(tx, issue);
  const previous = await retireTokens(tx, projectRef, issue);
  const token = await insertToken(tx, projectRef, issue);
  await auditIssue(tx, caller, { issue, previous, token });
  return token;
}

async function bindProject(tx: Tx, { key, project, now }: TokenToIssue): Promise<string> {
  if (project === undefined) {
    const id = randomUuid();
    const { namespace, projectName: project_name, agentRef: agent_ref } = key;
    const unfrozen = { frozen_at: null, frozen_reason: null };
    await tx.db.insertInto("projects")
      .values({ id, namespace, project_name, agent_ref, ...unfrozen, created_at: now, updated_at: now })
      .execute();
    return id;
  }
  await tx.db.updateTable("projects").set({ agent_ref: key.agentRef, updated_at: now })
    .where("id", "=", project.id).execute();
  return project.id;
}

type Previous = "none" | "active" | "ended";

/** Tokens of an agent that the project no longer belongs to are no reason to ask before replacing them. */
async function retireTokens(
  tx: Tx,
  projectRef: string,
  { key, project, regenerate, now }: TokenToIssue,
): Promise<Previous> {
  const tokens = await tx.db.selectFrom("project_tokens").select(["id", "expires_at", "revoked_at"])
    .where("project_ref", "=", projectRef).execute();
  const active = project?.agent_ref === key.agentRef &&
    tokens.some(({ expires_at, revoked_at }) => revoked_at === null && expires_at > now);
  if (active && !regenerate) throw tokenActive();
  await tx.db.updateTable("project_tokens").set({ revoked_at: now, revoked_reason: "replaced" })
    .where("project_ref", "=", projectRef).where("revoked_at", "is", null).execute();
  await tx.db.deleteFrom("project_tokens")
    .where("project_ref", "=", projectRef).where("expires_at", "<", now - KEEP_ENDED).execute();
  return active ? "active" : tokens.length > 0 ? "ended" : "none";
}

function tokenActive(): VaultError {
  return new VaultError(
    "project.token_active",
    'The project has an active token; use that one, or ask with "regenerate_token": true to replace it',
  );
}

async function insertToken(
  tx: Tx,
  projectRef: string,
  { mapped, signedKid, now }: TokenToIssue,
): Promise<IssuedToken> {
  const text = newProjectToken();
  const scope = scopeOf(mapped);
  const id = randomUuid();
  const expiresAt = now + PROJECT_TOKEN_LIFE;
  await tx.db.insertInto("project_tokens").values({
    id,
    project_ref: projectRef,
    token_hash: hashToken(text),
    env_mappings: JSON.stringify(Object.fromEntries(mapped.map(({ name, keyPath }) => [name, keyPath]))),
    scope: JSON.stringify(scope),
    issued_at: now,
    expires_at: expiresAt,
    revoked_at: null,
    revoked_reason: null,
    signed_kid: signedKid,
  }).execute();
  return { id, text, scope, issuedAt: now, expiresAt };
}

async function auditIssue(
  tx: Tx,
  caller: AgentCaller,
  { issue, previous, token }: {
    readonly issue: TokenToIssue;
    readonly previous: Previous;
    readonly token: IssuedToken;
  },
): Promise<void> {
  const { projectName, namespace } = issue.key;
  const facts = { agentId: caller.agent.agent_id, projectName, namespace, resourcePath: projectName };
  if (previous !== "none") {
    await tx.audit(success(caller, previous === "active" ? "rotate_token" : "auto_rotate_token", facts));
  }
  await tx.audit(
    success(caller, "discover", { ...facts, details: { keys: token.scope, token_id: token.id } }),
  );
}
