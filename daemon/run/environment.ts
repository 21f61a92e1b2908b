/**
 * The child's environment: the caller's, in its order, without our own variables, and with the values, which take the
 * place of entries of the same name. A value that goes as a file leaves no entry of its name, only one that says where the
 * file is. Built in native memory; the strings in between are wiped.
 */

import { wipe } from "../../shared/crypto/wipe.ts";
import { utf8 } from "../../shared/encoding.ts";
import { VaultError } from "../../shared/errors.ts";
import { CVector } from "../../shared/os/c_vector.ts";
import { isOrdinaryVariable } from "../../shared/command/ordinary_variables.ts";
import { isUnsafeVariable } from "../../shared/command/unsafe_variables.ts";
import type { SecretValue } from "../../shared/secret_value.ts";

import type { BoundCommand } from "../release.ts";
import type { DeliveredFiles } from "./delivered_files.ts";

export type Environment = readonly (readonly [name: string, value: string])[];

const EQUALS = 0x3d;

/** Variables that configure CortexAuth or hold its tokens: no child's business. */
export function isOurVariable(name: string): boolean {
  return name.startsWith("CORTEX_") || name === "ADMIN_TOKEN";
}

/** The caller's environment with our SSH agent in the place of its own. */
export function withSshAgent(caller: Environment, socket: string): Environment {
  const kept = caller.filter(([name]) => name !== "SSH_AUTH_SOCK" && name !== "SSH_AGENT_PID");
  return [...kept, ["SSH_AUTH_SOCK", socket]];
}

/**
 * The environment of a bound command: the `PATH` that was approved, what every program needs, and the caller's variables
 * that were approved by name; never one that loads other code into it.
 */
export function boundEnvironment(
  caller: Environment,
  { searchPath, environment }: Pick<BoundCommand, "searchPath" | "environment">,
): Environment {
  const named = new Set(environment);
  const isKept = (name: string) => (isOrdinaryVariable(name) || named.has(name)) && !isUnsafeVariable(name);
  return [...caller.filter(([name]) => name !== "PATH" && isKept(name)), ["PATH", searchPath]];
}

/**
 * The whole environment as C wants it. The caller disposes of it.
 * @throws VaultError `child.spawn_failed` where a value has the name of a file's variable
 */
export function buildEnvironment(
  caller: Environment,
  values: ReadonlyMap<string, SecretValue>,
  files: Pick<DeliveredFiles, "names" | "variables"> = { names: new Set(), variables: new Map() },
): CVector {
  const { names, variables } = files;
  for (const name of variables.keys()) if (values.has(name)) throw nameTaken(name);
  const isReplaced = (name: string) => values.has(name) || names.has(name) || variables.has(name);
  const kept = caller.filter(([name]) => !isOurVariable(name) && !isReplaced(name));
  const plain = [...kept, ...variables].map(([name, value]) => utf8(`${name}=${value}`));
  const own = [...values].map(([name, value]) => entry(name, value));
  try {
    return new CVector([...plain, ...own]);
  } finally {
    own.forEach(wipe);
  }
}

/** What `PATH` the child will see. */
export function pathOf(caller: Environment, values: ReadonlyMap<string, SecretValue>): string | undefined {
  const stored = values.get("PATH");
  if (stored !== undefined) return new TextDecoder().decode(stored.expose());
  return pathIn(caller);
}

/** The `PATH` of an environment. */
export function pathIn(environment: Environment): string | undefined {
  return environment.find(([name]) => name === "PATH")?.[1];
}

function nameTaken(name: string): VaultError {
  return new VaultError(
    "child.spawn_failed",
    `${name} is both a value and the place of a file; an admin can grant one of them under another name`,
  );
}

function entry(name: string, value: SecretValue): Uint8Array {
  const start = utf8(name);
  const bytes = new Uint8Array(start.byteLength + 1 + value.byteLength);
  bytes.set(start);
  bytes[start.byteLength] = EQUALS;
  bytes.set(value.expose(), start.byteLength + 1);
  return bytes;
}
