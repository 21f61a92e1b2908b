/** Whether the limits of a grant let its key sign a request. Pure; what is signed is known before any key is open. */

import type { SignRequest } from "../../shared/api/sign.ts";
import type { SignLimits } from "../../shared/api/sign_limits.ts";

/**
 * Services of AWS whose answers are credentials: one signed request to them, and its sender has a key that signs without
 * us. A grant has to list them.
 */
const HAND_OUT_CREDENTIALS: ReadonlySet<string> = new Set([
  "cognito-identity",
  "eks-auth",
  "iam",
  "rolesanywhere",
  "s3express",
  "sso",
  "sts",
]);

/** The limit that a request breaks, and what would pass; undefined where it keeps all of them. */
export function brokenLimit(
  limits: SignLimits,
  effectiveName: string,
  request: SignRequest,
): { readonly limit: keyof SignLimits; readonly allowed: string } | undefined {
  const kinds = limits.kinds ?? defaultKinds(effectiveName);
  if (kinds !== undefined && !kinds.includes(request.kind)) return refused("kinds", kinds);
  if (request.kind === "jwt") return brokenByClaims(limits, request.claims["aud"]);
  if (request.kind !== "aws") return undefined;
  const { services, hosts, methods, presign_seconds } = limits;
  const { service, host, method, presign_seconds: seconds } = request;
  if (services === undefined && HAND_OUT_CREDENTIALS.has(service)) {
    return refused("services", [`all but those that hand out credentials, such as ${service}`]);
  }
  if (services !== undefined && !services.includes(service)) return refused("services", services);
  if (hosts !== undefined && !hosts.some((pattern) => matchesHost(pattern, host))) {
    return refused("hosts", hosts);
  }
  if (methods !== undefined && !methods.includes(method)) return refused("methods", methods);
  if (presign_seconds === undefined || seconds === undefined || seconds <= presign_seconds) return undefined;
  return refused("presign_seconds", [`at most ${presign_seconds}`]);
}

/** A login by SSH. */
export interface SshUse {
  readonly user: string;
  /** Fingerprint; null for a client that does not say which host it talks to. */
  readonly hostKey: string | null;
}

/** The limit that a login by an SSH key breaks; undefined where it keeps all of them. */
export function brokenSshLimit(
  { host_keys, users }: SignLimits,
  { user, hostKey }: SshUse,
): ReturnType<typeof brokenLimit> {
  if (users !== undefined && !users.includes(user)) return refused("users", users);
  const isKept = host_keys === undefined || hostKey !== null && host_keys.includes(hostKey);
  return isKept ? undefined : refused("host_keys", host_keys);
}

/**
 * Signature Version 2 of AWS, which some services still take, is an HMAC of text that the caller makes up: a secret access
 * key that signed messages would sign requests that no row tells of.
 */
function defaultKinds(effectiveName: string): SignLimits["kinds"] {
  return effectiveName.endsWith("AWS_SECRET_ACCESS_KEY") ? ["aws"] : undefined;
}

function brokenByClaims({ audiences }: SignLimits, aud: unknown): ReturnType<typeof brokenLimit> {
  if (audiences === undefined) return undefined;
  const asked: unknown[] = Array.isArray(aud) ? aud : [aud];
  const isKept = asked.length > 0 && asked.every((one) => typeof one === "string" && audiences.includes(one));
  return isKept ? undefined : refused("audiences", audiences);
}

/** With its port, where it has one. */
function matchesHost(pattern: string, host: string): boolean {
  return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : host === pattern;
}

function refused(limit: keyof SignLimits, allowed: readonly string[]) {
  return { limit, allowed: allowed.join(", ") };
}
