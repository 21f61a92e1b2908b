/**
 * The server's answer to a run, read: its signature first, and only then what it says. Undefined for anything else than a
 * CortexAuth server sends.
 */

import { VaultError } from "../shared/errors.ts";
import { isEnvName } from "../shared/names.ts";
import { signerOfRunAnswer } from "../shared/proofs/run_answer.ts";
import type { ServerProof } from "../shared/proofs/server_proof.ts";

/** A value and the way it goes. */
export interface AnsweredValue {
  readonly value: string;
  /** The text is base64 of what was stored. */
  readonly isBase64: boolean;
  readonly delivery: "env" | "file";
  readonly readOnce: boolean;
}

/** A name that brings no value, and why. */
export interface AnsweredRefusal {
  readonly name: string;
  readonly reason: string;
}

export interface RunAnswer {
  readonly values: ReadonlyMap<string, AnsweredValue>;
  readonly withheld: readonly AnsweredRefusal[];
  /** Names that a new discover would bring, or ask a person for. */
  readonly moreGranted: readonly string[];
  /** The one command that the values are for; undefined where they are for any. */
  readonly commandSha256: string | undefined;
  /** The `PATH` of that command. */
  readonly searchPath: string | undefined;
  /** Names of the caller's own variables that it may have beside the ordinary ones; none where nothing says so. */
  readonly environment: readonly string[];
  /** False only where the server has said that the output may come through as it is. */
  readonly redact: boolean;
}

/** What the answer has to be signed over, and by which key. */
export interface RunAnswerCheck {
  readonly nonce: string;
  /** Fingerprint. */
  readonly signer: string | undefined;
}

type Fields = Partial<Record<string, unknown>>;

/** @throws VaultError `server.untrusted` */
export function parseRunAnswer(value: unknown, check: RunAnswerCheck): RunAnswer | undefined {
  const { answer, server_proof } = fieldsOf(value);
  const proof = parseProof(server_proof);
  if (typeof answer !== "string" || proof === undefined) return undefined;
  const signer = signerOfRunAnswer(proof, check.nonce, answer);
  if (signer === undefined || signer !== check.signer) throw untrusted();
  return parseRelease(parseJson(answer));
}

function parseRelease(value: unknown): RunAnswer | undefined {
  const { values, withheld, more_granted, command_sha256, search_path, environment, redact } = fieldsOf(
    value,
  );
  if (typeof values !== "object" || values === null || !Array.isArray(withheld)) return undefined;
  const entries = Object.entries(values).map(([name, entry]) => [name, parseValue(entry)] as const);
  const known = new Map<string, AnsweredValue>();
  for (const [name, entry] of entries) {
    if (entry === undefined || !isEnvName(name)) return undefined;
    known.set(name, entry);
  }
  return {
    values: known,
    withheld: withheld.map(parseRefusal).filter((refusal) => refusal !== undefined),
    moreGranted: textsOf(more_granted),
    commandSha256: typeof command_sha256 === "string" ? command_sha256 : undefined,
    searchPath: typeof search_path === "string" ? search_path : undefined,
    environment: textsOf(environment),
    redact: redact !== false,
  };
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function parseValue(value: unknown): AnsweredValue | undefined {
  const { value: text, delivery, read_once, encoding } = fieldsOf(value);
  if (typeof text !== "string" || delivery !== "env" && delivery !== "file") return undefined;
  return { value: text, isBase64: encoding === "base64", delivery, readOnce: read_once === true };
}

function parseRefusal(value: unknown): AnsweredRefusal | undefined {
  const { name, reason } = fieldsOf(value);
  return typeof name === "string" && typeof reason === "string" ? { name, reason } : undefined;
}

function parseProof(value: unknown): ServerProof | undefined {
  const { kid, x, signature } = fieldsOf(value);
  if (typeof kid !== "string" || typeof x !== "string" || typeof signature !== "string") return undefined;
  return { kid, x, signature };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function untrusted(): VaultError {
  return new VaultError(
    "server.untrusted",
    "The answer is not signed by the server of the login: somebody may stand between this host and it; ask the operator",
  );
}
