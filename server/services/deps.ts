/** What services are made from. Each takes this once and keeps what it needs. */

import type { Clock, Instant } from "../../shared/clock.ts";
import type { Argon2Parameters } from "../../shared/crypto/argon2_parameters.ts";
import type { OidcSettings } from "../access/group_roles.ts";
import type { AuditSinks } from "../audit/sinks/sinks.ts";
import type { Ledger } from "../audit/ledger.ts";
import type { StepObserver } from "../durable_steps.ts";
import type { SigningKeys } from "../identity/signing_keys.ts";
import type { MailProgram } from "../notify/send.ts";
import type { Store } from "../store/store.ts";
import type { DeriveKey } from "../vault/kdf.ts";
import type { Vault } from "../vault/vault.ts";

export interface ServiceConfig {
  /** Whether notifications may go to loopback and private addresses; no, unless told. */
  readonly notifyAllowPrivate?: boolean;
  /** Where people reach this server, for links in notifications. */
  readonly publicUrl?: string | undefined;
  /** Who else can sign people in, and the roles that its groups give. */
  readonly oidc?: OidcSettings | undefined;
  /** Older values kept for each secret; 10, unless told. */
  readonly keptVersions?: number;
  /** Days that audit rows are kept; 0 for ever. */
  readonly auditRetentionDays?: number;
  /** Milliseconds between two heads of the audit log's tree. */
  readonly auditHeadInterval?: number;
  /** How the next KEK is derived; as the present one, unless told. */
  readonly argon2?: Argon2Parameters;
  /** Whether requests of agents have to be attested; only `CORTEX_DISABLE_REQUEST_SIGNING` says no. */
  readonly requireAttestation: boolean;
}

export interface ServiceDeps {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly signingKeys: SigningKeys;
  readonly clock: Clock;
  /** For what needs the operator's password again. */
  readonly derive: DeriveKey;
  readonly config: ServiceConfig;
  /** Where audit rows go beside the database. */
  readonly auditSinks?: AuditSinks;
  /** Sends e-mail; undefined where the server found no program for it. */
  readonly mail?: MailProgram | undefined;
  /** Closes the gate before this application, see `server/seal/gate.ts`. */
  readonly beginSeal?: () => void;
  /** Tests watch long pieces of work; nobody else does. */
  readonly reached?: StepObserver;
  /** Signatures up to this second are refused; now, by the clock, unless told. */
  readonly startedAt?: Instant;
}
