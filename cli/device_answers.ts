/**
 * The answers of `/device/authorize` and `/device/token`, read without a schema library: what a login prints comes
 * through here and is printable afterwards.
 */

import { printableLine } from "../shared/client/answer_error.ts";
import type { DeviceAuthorizeResponse } from "../shared/api/device.ts";

/** RFC 8628 section 3.2: the interval where the server names none; ten minutes is the predecessor's life of a code. */
const DEFAULT_INTERVAL = 5;
const DEFAULT_LIFE = 600;

/** What an approved login brings; the token itself says the rest. */
export interface IssuedToken {
  readonly access_token: string;
  /** Seconds; 0 where the server did not say. */
  readonly expires_in: number;
  readonly namespace?: string | undefined;
  /** The predecessor's server does not give it, and does not prove itself later either. */
  readonly server_fingerprint?: string | undefined;
}

type Fields = Partial<Readonly<Record<string, unknown>>>;

/** Undefined where the answer is something else. */
export function parseDeviceCode(value: unknown): DeviceAuthorizeResponse | undefined {
  const { device_code, user_code, verification_uri, verification_uri_complete, ...rest } = fieldsOf(value);
  if (typeof device_code !== "string" || typeof user_code !== "string") return undefined;
  const uri = typeof verification_uri === "string" ? verification_uri : "/device";
  return {
    device_code,
    user_code: printableLine(user_code, 32),
    verification_uri: printableLine(uri, 255),
    expires_in: seconds(rest.expires_in) ?? DEFAULT_LIFE,
    interval: seconds(rest.interval) ?? DEFAULT_INTERVAL,
    ...optional("verification_uri_complete", verification_uri_complete),
    ...optional("fingerprint", rest.fingerprint),
  };
}

/** Undefined where the answer is something else. */
export function parseIssued(value: unknown): IssuedToken | undefined {
  const { access_token, expires_in, namespace, server_fingerprint } = fieldsOf(value);
  if (typeof access_token !== "string" || !/^[\x21-\x7e]+$/.test(access_token)) return undefined;
  return {
    access_token,
    expires_in: seconds(expires_in) ?? 0,
    ...optional("namespace", namespace),
    ...optional("server_fingerprint", server_fingerprint),
  };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function seconds(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function optional<Name extends string>(name: Name, value: unknown): { [Key in Name]?: string } {
  return typeof value === "string" ? { [name]: printableLine(value, 1024) } as { [Key in Name]: string } : {};
}
