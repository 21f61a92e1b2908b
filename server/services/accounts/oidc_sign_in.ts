/**
 * Signing in by a provider of OpenID Connect. An account is known by issuer and subject; one that was here before is taken over once,
 * by its verified address. Accounts that the provider made have the roles of their groups, settled anew at each sign-in.
 */

import { type Clock, MINUTE, SECOND } from "../../../shared/clock.ts";
import { randomUuid } from "../../../shared/crypto/random.ts";
import { VaultError } from "../../../shared/errors.ts";
import { type GroupRole, rolesOfGroups } from "../../access/group_roles.ts";
import type { RoleAssignment } from "../../access/roles.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import type { OidcClient, OidcIdentity, OidcTrip } from "../../identity/oidc.ts";
import { Once } from "../../identity/once.ts";
import { BY_PROVIDER, findByEmail, type PersonRow } from "../../identity/people.ts";
import type { SignedInPerson, SignInService, Visitor } from "./sign_in.ts";

const TRIP_LIFE = 10 * MINUTE;

export interface OidcSignInDeps {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly signIn: SignInService;
  /** Undefined where none is configured. */
  readonly client: OidcClient | undefined;
  readonly groupRoles: readonly GroupRole[];
}

interface Kept extends OidcTrip {
  /** Where the browser goes afterwards. */
  readonly next: string;
}

export interface Departure {
  /** At the provider. */
  readonly url: string;
  /** For a cookie: the way back counts only in the browser that left. */
  readonly trip: string;
}

export class OidcSignInService {
  readonly #deps: OidcSignInDeps;
  readonly #trips: Once<Kept>;

  constructor(deps: OidcSignInDeps) {
    this.#deps = deps;
    this.#trips = new Once({ clock: deps.clock, lifeMs: TRIP_LIFE });
  }

  get isConfigured(): boolean {
    return this.#deps.client !== undefined;
  }

  /** @throws VaultError `oidc.not_configured`, `oidc.refused` */
  async begin(redirectUri: string, { next, again }: { readonly next: string; readonly again: boolean }) {
    const { url, trip } = await this.#client().begin(redirectUri, again);
    return { url, trip: this.#trips.put({ ...trip, next }) };
  }

  /** @throws VaultError `oidc.not_configured`, `oidc.refused`, `auth.sign_in_failed` */
  async finish(back: URL, trip: string | undefined, visitor: Visitor) {
    const client = this.#client();
    const kept = trip === undefined ? undefined : this.#trips.take(trip);
    if (kept === undefined) throw refused();
    const identity = await client.finish(back, kept);
    const person = await this.#deps.ledger.commit((tx) => this.#settle(tx, identity));
    const signedIn: SignedInPerson = await this.#deps.signIn.open(person, "oidc", {
      ...visitor,
      provenAt: (identity.authTime ?? 0) * SECOND,
    });
    return { signedIn, next: kept.next };
  }

  #client(): OidcClient {
    if (this.#deps.client !== undefined) return this.#deps.client;
    throw new VaultError(
      "oidc.not_configured",
      "No provider is configured; sign in with your password or a passkey",
    );
  }

  /** The account of an identity, with the roles that it has now; gives its id. */
  async #settle(tx: Tx, identity: OidcIdentity): Promise<string> {
    const roles = rolesOfGroups(this.#deps.groupRoles, identity.groups);
    const person = await findKnown(tx, identity);
    if (person === undefined) return await this.#make(tx, identity, roles);
    const now = this.#deps.clock.now();
    const isTheirs = person.created_by === BY_PROVIDER;
    const changes = {
      oidc_subject: identity.subject,
      ...(isTheirs ? { roles: JSON.stringify(roles) } : {}),
      updated_at: now,
    };
    await tx.db.updateTable("admin_users").set(changes).where("id", "=", person.id).execute();
    return person.id;
  }

  async #make(tx: Tx, { subject, email }: OidcIdentity, roles: readonly RoleAssignment[]): Promise<string> {
    if (email === undefined || roles.length === 0) throw refused();
    const now = this.#deps.clock.now();
    const id = randomUuid();
    await tx.db.insertInto("admin_users").values({
      id,
      email,
      display_name: null,
      roles: JSON.stringify(roles),
      password_salt: null,
      password_hash: null,
      password_kdf: null,
      oidc_subject: subject,
      disabled_at: null,
      last_sign_in_at: null,
      created_at: now,
      created_by: BY_PROVIDER,
      updated_at: now,
    }).execute();
    return id;
  }
}

/** By the subject; else by a verified address, where the account is not another subject's. */
async function findKnown(tx: Tx, { subject, email }: OidcIdentity): Promise<PersonRow | undefined> {
  const known = await tx.db.selectFrom("admin_users").selectAll().where("oidc_subject", "=", subject)
    .executeTakeFirst();
  if (known !== undefined) return known;
  const same = email === undefined ? undefined : await findByEmail(tx.db, email);
  if (same !== undefined && same.oidc_subject !== null) throw refused();
  return same;
}

function refused(): VaultError {
  return new VaultError(
    "oidc.refused",
    "The provider's answer gives no access here; begin anew, or ask a super-admin for a role",
  );
}
