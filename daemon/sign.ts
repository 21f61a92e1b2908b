/**
 * The verb `sign`: a caller's request for a signature, passed on with our attestation. The key is the server's; what comes
 * back, and goes on to the caller, is what was signed and nothing else.
 */

import type { SignResponse } from "../shared/api/sign.ts";
import { VaultError } from "../shared/errors.ts";
import type { Peer } from "../shared/os/peer.ts";
import type { SignAnswer, SignRequestLine } from "../shared/socket/messages.ts";
import type { Callers } from "./caller/callers.ts";
import { callerFacts } from "./run/start.ts";
import type { ServerCalls } from "./server_calls.ts";
import { type TokenUseDeps, useToken } from "./token_use.ts";

export interface SignDeps extends TokenUseDeps {
  readonly calls: ServerCalls;
  readonly callers: Callers;
}

/** @throws VaultError `grant.pending`, `sign.*`, `request.invalid` and what else the server says */
export async function signForCaller(
  deps: SignDeps,
  { project, cwd, request }: SignRequestLine,
  peer: Peer,
): Promise<SignAnswer> {
  const names = namesOf(request);
  const caller = await callerFacts(deps, { program: "cortex", args: ["sign", request.kind], cwd }, peer);
  const need = { project, wanted: { names, sshKeys: false }, caller };
  const answer = await useToken(deps, need, {
    call: (token) => orRefusal(deps.calls.sign(project, token, caller, request)),
    wantsAnother: (first) => "refusal" in first && first.refusal.details?.["more_granted"] === true,
  });
  if ("refusal" in answer) throw answer.refusal;
  return { ok: true, ...answer.signed };
}

/** An environment name, or the last segment of a key path. Nothing else may become a line of the question. */
const GRANT_NAME = /^[A-Za-z0-9_.-]{1,255}$/;

type Signed = { readonly signed: SignResponse } | { readonly refusal: VaultError };

/** A key that was granted since the token was issued is there for the next one (lesson A6). */
async function orRefusal(asked: Promise<SignResponse>): Promise<Signed> {
  try {
    return { signed: await asked };
  } catch (error) {
    if (error instanceof VaultError && error.code === "sign.key_not_granted") return { refusal: error };
    throw error;
  }
}

/** What the token has to cover. @throws VaultError `request.invalid` for a name that nothing can be granted under */
function namesOf(request: SignRequestLine["request"]): string[] {
  const { name, access_key_id_name, session_token_name } = request;
  const names = [name, access_key_id_name, session_token_name].filter((one) => one !== undefined);
  if (names.every((one) => GRANT_NAME.test(one))) return [...new Set(names)].sort();
  throw new VaultError(
    "request.invalid",
    "A key is named as it is granted: letters, digits, '_', '-' and '.'",
  );
}
