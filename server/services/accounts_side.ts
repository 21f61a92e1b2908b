/** The services around people and how they prove who they are. */

import { ApiTokens } from "../identity/api_tokens.ts";
import { OidcClient } from "../identity/oidc.ts";
import { Passwords } from "../identity/passwords.ts";
import { PersonSessions } from "../identity/person_sessions.ts";
import { SignInTries } from "../identity/sign_in_tries.ts";
import { AccountService } from "./accounts/account.ts";
import type { ServiceDeps } from "./deps.ts";
import { OidcSignInService } from "./accounts/oidc_sign_in.ts";
import { PasskeyService } from "./accounts/passkeys.ts";
import { PeopleService } from "./accounts/people.ts";
import { SignInService } from "./accounts/sign_in.ts";

export function createAccountsSide(deps: ServiceDeps) {
  const passwords = new Passwords(deps.derive);
  const sessions = new PersonSessions(deps);
  const tries = new SignInTries(deps.clock);
  const { store, ledger, clock } = deps;
  const parts = { store, ledger, clock, passwords, sessions, tries };
  const account = new AccountService(parts);
  const signIn = new SignInService(parts);
  const { oidc } = deps.config;
  const client = oidc === undefined ? undefined : new OidcClient(oidc);
  return {
    account,
    apiTokens: new ApiTokens(deps),
    people: new PeopleService(deps),
    personSessions: sessions,
    signIn,
    oidcSignIn: new OidcSignInService({ ledger, clock, signIn, client, groupRoles: oidc?.groupRoles ?? [] }),
    passkeys: new PasskeyService({ store, ledger, clock, signIn, account, tries }),
  };
}
