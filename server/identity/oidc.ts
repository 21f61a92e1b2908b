/**
 * A provider of OpenID Connect as who can sign people in: the code flow with PKCE, state and nonce (OpenID Connect Core 1.0 section 3.1,
 * RFC 7636). What comes back counts only for the request that it was asked by, once, and only signed by the provider for us.
 */

import * as oidc from "openid-client";
import type { OidcSettings } from "../access/group_roles.ts";
import { VaultError } from "../../shared/errors.ts";
import { normalEmail } from "./email.ts";

/** What has to be kept between the way there and the way back. */
export interface OidcTrip {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Who the provider says that somebody is. */
export interface OidcIdentity {
  /** Issuer and subject, as a JSON list: what an account is known by. */
  readonly subject: string;
  /** Only one that the provider has verified. */
  readonly email: string | undefined;
  readonly groups: unknown;
  /** When the person proved to the provider who they are, in seconds; undefined where it does not say. */
  readonly authTime: number | undefined;
}

/** Longer ago, and the person is asked anew; it also makes the provider say when it was. */
const MAX_AGE_SECONDS = 12 * 60 * 60;
const TIMEOUT_SECONDS = 10;

export class OidcClient {
  readonly #config: OidcSettings;
  #found: Promise<oidc.Configuration> | undefined;

  constructor(config: OidcSettings) {
    this.#config = config;
  }

  /** Where to send the browser. `again`: the person has to prove anew who they are. @throws VaultError `oidc.refused` */
  async begin(
    redirectUri: string,
    again: boolean,
  ): Promise<{ readonly url: string; readonly trip: OidcTrip }> {
    const trip = {
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      verifier: oidc.randomPKCECodeVerifier(),
    };
    const url = oidc.buildAuthorizationUrl(await this.#provider(), {
      redirect_uri: redirectUri,
      scope: "openid email profile",
      state: trip.state,
      nonce: trip.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(trip.verifier),
      code_challenge_method: "S256",
      max_age: String(MAX_AGE_SECONDS),
      ...(again ? { prompt: "login" } : {}),
    });
    return { url: url.href, trip };
  }

  /** @param back the address at which the browser came back. @throws VaultError `oidc.refused` */
  async finish(back: URL, { state, nonce, verifier }: OidcTrip): Promise<OidcIdentity> {
    const provider = await this.#provider();
    try {
      const tokens = await oidc.authorizationCodeGrant(provider, back, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
        maxAge: MAX_AGE_SECONDS,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new Error("no id token");
      return this.#identityOf({ ...await userInfo(provider, tokens.access_token, claims.sub), ...claims });
    } catch (cause) {
      // Its own message may quote what was sent.
      throw refused(cause);
    }
  }

  #identityOf(claims: Readonly<Record<string, unknown>>): OidcIdentity {
    const { iss, sub, email, email_verified, auth_time } = claims;
    const isVerified = email_verified === true && typeof email === "string";
    return {
      subject: JSON.stringify([iss, sub]),
      email: isVerified ? normalEmail(email) : undefined,
      groups: claims[this.#config.groupsClaim],
      authTime: typeof auth_time === "number" ? auth_time : undefined,
    };
  }

  /** Asked for when it is needed first, and again after it could not be had. */
  async #provider(): Promise<oidc.Configuration> {
    this.#found ??= this.#discover();
    try {
      return await this.#found;
    } catch (cause) {
      this.#found = undefined;
      throw refused(cause);
    }
  }

  async #discover(): Promise<oidc.Configuration> {
    const { issuer, clientId, clientSecret } = this.#config;
    const address = new URL(issuer);
    const execute = isLoopback(address) ? [oidc.allowInsecureRequests] : [];
    const authentication = clientSecret === undefined ? oidc.None() : oidc.ClientSecretBasic(clientSecret);
    return await oidc.discovery(address, clientId, undefined, authentication, {
      // The library trusts what it was told over TLS; whoever stands in between can still not sign for the provider.
      execute: [...execute, oidc.enableNonRepudiationChecks],
      timeout: TIMEOUT_SECONDS,
    });
  }
}

/** Many providers give groups only there. */
async function userInfo(
  provider: oidc.Configuration,
  accessToken: string,
  subject: string,
): Promise<Readonly<Record<string, unknown>>> {
  if (provider.serverMetadata().userinfo_endpoint === undefined) return {};
  return await oidc.fetchUserInfo(provider, accessToken, subject);
}

/** Only there is plain HTTP to a provider nobody else's to read. */
function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function refused(cause: unknown): VaultError {
  return new VaultError(
    "oidc.refused",
    "The sign-in by the provider was not completed; begin anew, or sign in with your password",
    { cause },
  );
}
