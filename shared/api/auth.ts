/** Wire schemas of signing in, and of what people do with their own accounts. */

import { z } from "zod";
import { oneLine } from "./text.ts";

/** Bounded, so that nobody makes the server normalise megabytes. */
const email = z.string().min(1).max(400);
const password = z.string().min(1).max(1_024);
const ticket = z.string().min(1).max(100);

/** Body of `POST /auth/signin`. */
export const SignInRequest = z.object({ email, password });
export type SignInRequest = z.infer<typeof SignInRequest>;

/** Body of `POST /auth/signin/recovery-code`. */
export const RecoveryCodeRequest = z.object({ ticket, code: z.string().min(1).max(100) });
export type RecoveryCodeRequest = z.infer<typeof RecoveryCodeRequest>;

/** Body of `POST /auth/invitations/accept`. `email` only for the first account. */
export const AcceptInvitationRequest = z.object({ code: ticket, password, email: email.optional() });
export type AcceptInvitationRequest = z.infer<typeof AcceptInvitationRequest>;

/** Body of `POST /auth/reauthenticate`. */
export const ReauthenticateRequest = z.object({ password });
export type ReauthenticateRequest = z.infer<typeof ReauthenticateRequest>;

/** Body of `PUT /admin/me/password`. */
export const ChangePasswordRequest = z.object({ password, new_password: password });
export type ChangePasswordRequest = z.infer<typeof ChangePasswordRequest>;

/** A role, in some namespaces or (`null`) in all. */
export interface RoleGiven {
  readonly role: string;
  readonly namespaces: readonly string[] | null;
}

/** Who is signed in, what they may do and where: `null` for everywhere. */
export interface Me {
  /** Null for the holder of the admin token. */
  readonly id: string | null;
  readonly email: string | null;
  readonly display_name: string | null;
  readonly by: string;
  readonly roles: readonly RoleGiven[];
  readonly rights: Readonly<Record<string, readonly string[] | null>>;
  /** Whether values can be read and keys be moved now, without proving anything anew. */
  readonly fresh: boolean;
  readonly has_password: boolean;
  readonly passkeys: number;
  readonly recovery_codes: number;
}

/** Answer of a step that signed somebody in; the session is in a cookie. */
export interface SignedIn {
  readonly signed_in: true;
  /** For the header `X-CSRF-Token` or the form field `_csrf` of requests that change something. */
  readonly csrf_token: string;
  readonly email: string;
}

/** Answer of a password that was right and not enough. */
export interface SecondFactorNeeded {
  readonly signed_in: false;
  /** For the next step, within five minutes. */
  readonly ticket: string;
  readonly second_factors: readonly ("passkey" | "recovery_code")[];
}

/** One row of `GET /admin/sessions`. */
export interface SessionSummary {
  readonly id: string;
  readonly person_id: string;
  readonly email: string;
  readonly method: string;
  readonly current: boolean;
  readonly created_at: string;
  readonly last_used_at: string;
  readonly expires_at: string;
  readonly source_ip: string | null;
  readonly user_agent: string | null;
}

/** Body of `POST /admin/api-tokens`. */
export const CreateApiTokenRequest = z.object({
  name: oneLine(80),
  rights: z.array(z.string().max(40)).min(1).max(20),
  namespaces: z.array(z.string().max(100)).min(1).max(100).nullish(),
  expires_in_days: z.number().int().min(1).max(366),
});
export type CreateApiTokenRequest = z.infer<typeof CreateApiTokenRequest>;

/** One row of `GET /admin/api-tokens`. */
export interface ApiTokenSummary {
  readonly id: string;
  readonly name: string;
  readonly rights: readonly string[];
  readonly namespaces: readonly string[] | null;
  readonly created_at: string;
  readonly expires_at: string;
  readonly last_used_at: string | null;
  readonly revoked_at: string | null;
}

/** Answer of `POST /admin/api-tokens`: the only time that the token is shown. */
export interface CreatedApiToken extends ApiTokenSummary {
  readonly token: string;
}

const text = z.string().max(20_000);
const transports = z.array(z.string().max(40)).max(20);

/** What `navigator.credentials.create` gave, as JSON (WebAuthn level 3, section 5.1). */
export const RegistrationResponse = z.object({
  id: text,
  rawId: text,
  type: z.literal("public-key"),
  response: z.object({ clientDataJSON: text, attestationObject: text, transports: transports.optional() }),
});
export type RegistrationResponse = z.infer<typeof RegistrationResponse>;

/** What `navigator.credentials.get` gave, as JSON. */
export const AuthenticationResponse = z.object({
  id: text,
  rawId: text,
  type: z.literal("public-key"),
  response: z.object({
    clientDataJSON: text,
    authenticatorData: text,
    signature: text,
    userHandle: text.nullish(),
  }),
});
export type AuthenticationResponse = z.infer<typeof AuthenticationResponse>;

/** Body of `POST /admin/me/passkeys`. */
export const AddPasskeyRequest = z.object({
  challenge_id: ticket,
  name: oneLine(80),
  credential: RegistrationResponse,
});
export type AddPasskeyRequest = z.infer<typeof AddPasskeyRequest>;

/** Body of `POST /auth/signin/passkey/options`: with the ticket of a password that was right, or without one. */
export const PasskeyOptionsRequest = z.object({ ticket: ticket.nullish() });
export type PasskeyOptionsRequest = z.infer<typeof PasskeyOptionsRequest>;

/** Body of `POST /auth/signin/passkey` and `POST /auth/reauthenticate/passkey`. */
export const UsePasskeyRequest = z.object({ challenge_id: ticket, credential: AuthenticationResponse });
export type UsePasskeyRequest = z.infer<typeof UsePasskeyRequest>;

/** Options for the browser, and the name under which the server knows their challenge. */
export interface PasskeyChallenge {
  readonly challenge_id: string;
  /** For `navigator.credentials`, in their JSON form. */
  readonly options: unknown;
}

/** One row of `GET /admin/me/passkeys`. */
export interface PasskeySummary {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
  readonly last_used_at: string | null;
}

/** Query of `GET /auth/oidc/start`: where to go on afterwards, and whether to prove anew who one is. */
export const OidcStartQuery = z.object({
  next: z.string().max(2_000).optional(),
  prompt: z.enum(["login"]).optional(),
});
export type OidcStartQuery = z.infer<typeof OidcStartQuery>;
