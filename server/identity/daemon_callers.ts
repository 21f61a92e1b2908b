/**
 * Who holds an access token: a daemon of an agent that exists and may work (lesson B5). The signature alone is not
 * enough: the token's row has to be there and not revoked.
 */

import type { Clock } from "../../shared/clock.ts";
import { VaultError } from "../../shared/errors.ts";
import type { Origin } from "../audit/entry.ts";
import type { DaemonCaller } from "../caller.ts";
import type { Store } from "../store/store.ts";
import { invalidToken, type TokenVerifier, verifyToken } from "./jwt.ts";

export interface DaemonCallersDeps {
  readonly store: Pick<Store, "reader">;
  readonly signingKeys: TokenVerifier;
  readonly clock: Clock;
}

export class DaemonCallers {
  readonly #deps: DaemonCallersDeps;

  constructor(deps: DaemonCallersDeps) {
    this.#deps = deps;
  }

  /** @throws VaultError `token.invalid`, `token.expired`, `token.revoked`, `agent.frozen` */
  async authenticate(token: string, origin: Origin): Promise<DaemonCaller> {
    const { store, signingKeys, clock } = this.#deps;
    const claims = await verifyToken(signingKeys, token, "cortex-daemon", clock.now());
    const accessToken = await store.reader.selectFrom("access_tokens").selectAll()
      .where("id", "=", claims.jti).executeTakeFirst();
    if (accessToken === undefined) throw invalidToken();
    if (accessToken.revoked_at !== null) throw revoked();
    if (accessToken.expires_at <= clock.now()) throw expired();
    const agent = await store.reader.selectFrom("agents").selectAll()
      .where("id", "=", accessToken.agent_ref).executeTakeFirst();
    if (agent === undefined || agent.agent_id !== claims.sub) throw invalidToken();
    if (agent.frozen_at !== null) throw agentFrozen();
    return { kind: "daemon", agent, accessToken, origin };
  }
}

function revoked(): VaultError {
  return new VaultError("token.revoked", "This login was revoked; log in again with 'cortex daemon login'");
}

function expired(): VaultError {
  return new VaultError("token.expired", "This login has expired; log in again with 'cortex daemon login'");
}

/** The refusal of an agent that a person has to let work again. */
export function agentFrozen(): VaultError {
  return new VaultError("agent.frozen", "This agent is frozen; ask an admin to look into it and unfreeze it");
}
