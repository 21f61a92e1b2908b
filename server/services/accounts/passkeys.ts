/**
 * Passkeys (WebAuthn level 3): a key of a person's device, used alone or after the password. A challenge counts once, for five minutes,
 * and only for what it was made for: an answer that is sent again, or elsewhere, is refused.
 */

import type {
  AddPasskeyRequest,
  AuthenticationResponse,
  PasskeyChallenge,
  PasskeySummary,
  UsePasskeyRequest,
} from "../../../shared/api/auth.ts";
import { type Clock, formatOptionalTimestamp, formatTimestamp, MINUTE } from "../../../shared/clock.ts";
import { randomUuid } from "../../../shared/crypto/random.ts";
import { utf8 } from "../../../shared/encoding.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { Selectable } from "kysely";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import type { AdminCaller } from "../../caller.ts";
import { Once } from "../../identity/once.ts";
import type { SignInTries } from "../../identity/sign_in_tries.ts";
import type { AdminPasskeyTable } from "../../store/people_schema.ts";
import type { Store } from "../../store/store.ts";
import { type AccountService, ownSession } from "./account.ts";
import { failed, type SignedInPerson, type SignInService, type Visitor } from "./sign_in.ts";
import { success } from "../success.ts";

/** Read at its first use: its parsers of certificates would cost every start 20 ms, and memory for good. */
const webauthn = () => import("@simplewebauthn/server");

const CHALLENGE_LIFE = 5 * MINUTE;
const MAX_PASSKEYS = 20;

/** What a passkey is bound to: the host that people see, and the whole origin of the page. */
export interface RelyingParty {
  readonly id: string;
  readonly origin: string;
}

type Purpose = "add" | "sign_in" | "reauthenticate";

interface Challenge {
  readonly purpose: Purpose;
  readonly challenge: string;
  /** Whose passkey it has to be; undefined where the passkey itself says who comes. */
  readonly userRef: string | undefined;
  /** Of a password that was right. */
  readonly ticket: string | undefined;
}

export interface PasskeyDeps {
  readonly store: Pick<Store, "reader">;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly signIn: SignInService;
  readonly account: AccountService;
  readonly tries: SignInTries;
}

export class PasskeyService {
  readonly #deps: PasskeyDeps;
  readonly #challenges: Once<Challenge>;

  constructor(deps: PasskeyDeps) {
    this.#deps = deps;
    this.#challenges = new Once({ clock: deps.clock, lifeMs: CHALLENGE_LIFE });
  }

  /** @throws VaultError `request.invalid` for one too many */
  async addOptions(caller: AdminCaller, party: RelyingParty): Promise<PasskeyChallenge> {
    const { person } = ownSession(caller);
    const present = await this.#passkeysOf(person.id);
    if (present.length >= MAX_PASSKEYS) {
      throw new VaultError(
        "request.invalid",
        `You have ${MAX_PASSKEYS} passkeys; remove one that you do not use`,
      );
    }
    const { generateRegistrationOptions } = await webauthn();
    const options = await generateRegistrationOptions({
      rpName: "CortexAuth",
      rpID: party.id,
      userName: person.email,
      userID: utf8(person.id),
      attestationType: "none",
      excludeCredentials: present.map(({ credential_id }) => ({ id: credential_id })),
      authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
    });
    return this.#keep(options, { purpose: "add", userRef: person.id, ticket: undefined });
  }

  /** @throws VaultError `passkey.invalid` */
  async add(caller: AdminCaller, request: AddPasskeyRequest, party: RelyingParty): Promise<PasskeySummary> {
    const { person } = ownSession(caller);
    const challenge = this.#take(request.challenge_id, "add");
    if (challenge.userRef !== person.id) throw refused();
    const { credential } = await this.#registered(request, challenge, party);
    const row = {
      id: randomUuid(),
      user_ref: person.id,
      name: request.name,
      credential_id: credential.id,
      public_key: credential.publicKey,
      counter: credential.counter,
      transports: JSON.stringify(credential.transports ?? []),
      created_at: this.#deps.clock.now(),
      last_used_at: null,
    };
    await this.#deps.ledger.commit(async (tx) => {
      const details = { name: row.name };
      await tx.audit(success(caller, "passkey_add", { resourcePath: row.id, details }));
      await tx.db.insertInto("admin_passkeys").values(row).execute();
    });
    return toSummary(row);
  }

  async list(caller: AdminCaller): Promise<PasskeySummary[]> {
    return (await this.#passkeysOf(ownSession(caller).person.id)).map(toSummary);
  }

  /** @throws VaultError `passkey.not_found` */
  async remove(caller: AdminCaller, id: string): Promise<void> {
    const { person } = ownSession(caller);
    await this.#deps.ledger.commit(async (tx) => {
      const result = await tx.db.deleteFrom("admin_passkeys").where("id", "=", id)
        .where("user_ref", "=", person.id).executeTakeFirst();
      if (result.numDeletedRows === 0n) {
        throw new VaultError("passkey.not_found", "You have no passkey of this id; list them for their ids");
      }
      await tx.audit(success(caller, "passkey_remove", { resourcePath: id }));
    });
  }

  /** Without a ticket the answer is the same for everybody. @throws VaultError `auth.sign_in_failed` */
  async signInOptions(ticket: string | undefined, party: RelyingParty): Promise<PasskeyChallenge> {
    const userRef = ticket === undefined ? undefined : this.#deps.signIn.personOf(ticket);
    if (ticket !== undefined && userRef === undefined) throw failed();
    return await this.#options({ purpose: "sign_in", userRef, ticket }, party);
  }

  /** @throws VaultError `passkey.invalid`, `auth.sign_in_failed`, `auth.throttled` */
  async signIn(request: UsePasskeyRequest, visitor: Visitor, party: RelyingParty): Promise<SignedInPerson> {
    const guesser = { account: undefined, address: visitor.address };
    this.#deps.tries.begin(guesser);
    const challenge = this.#take(request.challenge_id, "sign_in");
    const { passkey, counter } = await this.#proven(request.credential, challenge, party);
    const method = challenge.ticket === undefined ? "passkey" : "password+passkey";
    const signedIn = await this.#deps.signIn.open(
      passkey.user_ref,
      method,
      visitor,
      (tx) => this.#used(tx, passkey, counter),
    );
    if (challenge.ticket !== undefined) this.#deps.signIn.useTicket(challenge.ticket);
    this.#deps.tries.succeeded(guesser);
    return signedIn;
  }

  async reauthenticateOptions(caller: AdminCaller, party: RelyingParty): Promise<PasskeyChallenge> {
    const { person } = ownSession(caller);
    return await this.#options({ purpose: "reauthenticate", userRef: person.id, ticket: undefined }, party);
  }

  /** Gives the session's new token. @throws VaultError `passkey.invalid` */
  async reauthenticate(
    caller: AdminCaller,
    request: UsePasskeyRequest,
    party: RelyingParty,
  ): Promise<string> {
    const { person, sessionId } = ownSession(caller);
    const challenge = this.#take(request.challenge_id, "reauthenticate");
    if (challenge.userRef !== person.id) throw refused();
    const { passkey, counter } = await this.#proven(request.credential, challenge, party);
    await this.#deps.ledger.commit((tx) => this.#used(tx, passkey, counter));
    return await this.#deps.account.renew(caller, sessionId, "passkey");
  }

  async #options(
    { purpose, userRef, ticket }: Omit<Challenge, "challenge">,
    party: RelyingParty,
  ): Promise<PasskeyChallenge> {
    const known = userRef === undefined ? [] : await this.#passkeysOf(userRef);
    const { generateAuthenticationOptions } = await webauthn();
    const options = await generateAuthenticationOptions({
      rpID: party.id,
      userVerification: "required",
      allowCredentials: known.map(({ credential_id }) => ({ id: credential_id })),
    });
    return this.#keep(options, { purpose, userRef, ticket });
  }

  #keep(options: { readonly challenge: string }, kept: Omit<Challenge, "challenge">): PasskeyChallenge {
    return { challenge_id: this.#challenges.put({ ...kept, challenge: options.challenge }), options };
  }

  /** A challenge is gone before anything is checked by it. */
  #take(id: string, purpose: Purpose): Challenge {
    const challenge = this.#challenges.take(id);
    if (challenge === undefined || challenge.purpose !== purpose) throw refused();
    return challenge;
  }

  async #registered({ credential }: AddPasskeyRequest, { challenge }: Challenge, party: RelyingParty) {
    const { id, rawId, type, response } = credential;
    const { clientDataJSON, attestationObject } = response;
    const { verifyRegistrationResponse } = await webauthn();
    const found = await orRefused(verifyRegistrationResponse({
      response: {
        id,
        rawId,
        type,
        clientExtensionResults: {},
        response: { clientDataJSON, attestationObject },
      },
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
    }));
    if (!found.verified) throw refused();
    return found.registrationInfo;
  }

  async #proven(credential: AuthenticationResponse, { challenge, userRef }: Challenge, party: RelyingParty) {
    const passkey = await this.#deps.store.reader.selectFrom("admin_passkeys").selectAll()
      .where("credential_id", "=", credential.id).executeTakeFirst();
    if (passkey === undefined || (userRef !== undefined && passkey.user_ref !== userRef)) throw refused();
    const { id, rawId, type, response: { clientDataJSON, authenticatorData, signature } } = credential;
    const { verifyAuthenticationResponse } = await webauthn();
    const found = await orRefused(verifyAuthenticationResponse({
      response: {
        id,
        rawId,
        type,
        clientExtensionResults: {},
        response: { clientDataJSON, authenticatorData, signature },
      },
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
      credential: {
        id: passkey.credential_id,
        publicKey: new Uint8Array(passkey.public_key),
        counter: passkey.counter,
      },
    }));
    if (!found.verified) throw refused();
    return { passkey, counter: found.authenticationInfo.newCounter };
  }

  async #used(tx: Tx, { id }: Selectable<AdminPasskeyTable>, counter: number): Promise<void> {
    await tx.db.updateTable("admin_passkeys").set({ counter, last_used_at: this.#deps.clock.now() })
      .where("id", "=", id).execute();
  }

  #passkeysOf(userRef: string) {
    return this.#deps.store.reader.selectFrom("admin_passkeys").selectAll().where("user_ref", "=", userRef)
      .orderBy("created_at").execute();
  }
}

function refused(): VaultError {
  return new VaultError(
    "passkey.invalid",
    "The passkey's answer is not valid here and now; try again from the start",
  );
}

/** The library's own messages quote what was sent. */
async function orRefused<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch {
    throw refused();
  }
}

function toSummary(
  { id, name, created_at, last_used_at }: Pick<
    AdminPasskeyTable,
    "id" | "name" | "created_at" | "last_used_at"
  >,
): PasskeySummary {
  return {
    id,
    name,
    created_at: formatTimestamp(created_at),
    last_used_at: formatOptionalTimestamp(last_used_at),
  };
}
