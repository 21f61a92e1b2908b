/** Wire schemas of signing in, and of what people do with their own accounts. */

import * as z from "zod";
import type { Frozen } from "./frozen.ts";
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
export const RoleGiven = z.object({
  role: z.string(),
  namespaces: z.array(z.string()).nullable(),
});
export type RoleGiven = Frozen<z.infer<typeof RoleGiven>>;

/** Who is signed in, what they may do and where: `null` for everywhere. */
export const Me = z.object({
  id: z.string().nullable().describe("Null for the holder of the admin token."),
  email: z.string().nullable(),
  display_name: z.string().nullable(),
  by: z.string(),
  roles: z.array(RoleGiven),
  rights: z.record(z.string(), z.array(z.string()).nullable()),
  fresh: z.boolean().describe(
    "Whether values can be read and keys be moved now, without proving anything anew.",
  ),
  has_password: z.boolean(),
  passkeys: z.int(),
  recovery_codes: z.int(),
});
export type Me = Frozen<z.infer<typeof Me>>;

/** Answer of a step that signed somebody in; the session is in a cookie. */
export const SignedIn = z.object({
  signed_in: z.literal(true),
  csrf_token: z.string().describe(
    "For the header `X-CSRF-Token` or the form field `_csrf` of requests that change something.",
  ),
  email: z.string(),
});
export type SignedIn = Frozen<z.infer<typeof SignedIn>>;

/** Answer of a password that was right and not enough. */
export const SecondFactorNeeded = z.object({
  signed_in: z.literal(false),
  ticket: z.string().describe("For the next step, within five minutes."),
  second_factors: z.array(z.enum(["passkey", "recovery_code"])),
});
export type SecondFactorNeeded = Frozen<z.infer<typeof SecondFactorNeeded>>;

/** One row of `GET /admin/sessions`. */
export const SessionSummary = z.object({
  id: z.string(),
  person_id: z.string(),
  email: z.string(),
  method: z.string(),
  current: z.boolean(),
  created_at: z.string(),
  last_used_at: z.string(),
  expires_at: z.string(),
  source_ip: z.string().nullable(),
  user_agent: z.string().nullable(),
});
export type SessionSummary = Frozen<z.infer<typeof SessionSummary>>;

/** Body of `POST /admin/api-tokens`. */
export const CreateApiTokenRequest = z.object({
  name: oneLine(80),
  rights: z.array(z.string().max(40)).min(1).max(20),
  namespaces: z.array(z.string().max(100)).min(1).max(100).nullish(),
  expires_in_days: z.number().int().min(1).max(366),
});
export type CreateApiTokenRequest = z.infer<typeof CreateApiTokenRequest>;

/** One row of `GET /admin/api-tokens`. */
export const ApiTokenSummary = z.object({
  id: z.string(),
  name: z.string(),
  rights: z.array(z.string()),
  namespaces: z.array(z.string()).nullable(),
  created_at: z.string(),
  expires_at: z.string(),
  last_used_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
});
export type ApiTokenSummary = Frozen<z.infer<typeof ApiTokenSummary>>;

/** Answer of `POST /admin/api-tokens`: the only time that the token is shown. */
export const CreatedApiToken = ApiTokenSummary.extend({
  token: z.string(),
});
export type CreatedApiToken = Frozen<z.infer<typeof CreatedApiToken>>;

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
export const PasskeyChallenge = z.object({
  challenge_id: z.string(),
  options: z.unknown().describe("For `navigator.credentials`, in their JSON form."),
});
export type PasskeyChallenge = Frozen<z.infer<typeof PasskeyChallenge>>;

/** One row of `GET /admin/me/passkeys`. */
export const PasskeySummary = z.object({
  id: z.string(),
  name: z.string(),
  created_at: z.string(),
  last_used_at: z.string().nullable(),
});
export type PasskeySummary = Frozen<z.infer<typeof PasskeySummary>>;

/** Query of `GET /auth/oidc/start`: where to go on afterwards, and whether to prove anew who one is. */
export const OidcStartQuery = z.object({
  next: z.string().max(2_000).optional(),
  prompt: z.enum(["login"]).optional(),
});
export type OidcStartQuery = z.infer<typeof OidcStartQuery>;

/** Answer of `POST /auth/signout`. */
export const SignedOut = z.object({ signed_in: z.literal(false) });

/** Answer of a new proof; the session has another token, in its cookie. */
export const Reauthenticated = z.object({ reauthenticated: z.literal(true), csrf_token: z.string() });

/** Answer of `GET /auth/methods`. `oidc`: where its way begins. */
export const SignInMethods = z.object({
  password: z.literal(true),
  passkey: z.literal(true),
  oidc: z.object({ path: z.string() }).nullable(),
});

/** Answer of `POST /admin/me/recovery-codes`: the only time that the codes are shown. */
export const RecoveryCodes = z.object({ recovery_codes: z.array(z.string()) });
