/** `cortex sign jwt`: one token in compact form. */

import { JWT_ALGORITHMS, MAX_CLAIMS_LENGTH } from "../../shared/signing/limits.ts";
import { fromUtf8 } from "../../shared/encoding.ts";
import type { CliContext } from "../context.ts";
import { parseDuration } from "../duration.ts";
import { notThatAnswer, signAndPrint, type SignOptions, wrongUsage } from "./ask.ts";
import { readInput } from "./input.ts";

export interface JwtOptions extends SignOptions {
  readonly alg: string;
  readonly claim?: readonly string[] | undefined;
  readonly claims?: string | undefined;
  readonly ttl: string;
  readonly kid?: string | undefined;
}

type Claims = Record<string, unknown>;

/** @throws VaultError, CommanderError */
export async function signJwt(options: JwtOptions, context: CliContext): Promise<number> {
  const algorithm = JWT_ALGORITHMS.find((one) => one === options.alg);
  const ttl_seconds = parseDuration(options.ttl);
  if (algorithm === undefined) throw wrongUsage(`--alg is none of ${JWT_ALGORITHMS.join(", ")}`);
  if (ttl_seconds === undefined) throw wrongUsage("--ttl takes a time, as in 90s, 5m, 1h");
  const claims = addClaims(await readClaims(options.claims), options.claim ?? []);
  const key_id = options.kid === undefined ? {} : { key_id: options.kid };
  const request = { kind: "jwt", name: options.key, algorithm, claims, ttl_seconds, ...key_id } as const;
  return await signAndPrint(request, options, context, (signed) => {
    if (signed.kind !== "jwt") throw notThatAnswer();
    if (options.json) context.terminal.json({ ok: true, token: signed.token });
    else context.terminal.data(signed.token);
  });
}

async function readClaims(file: string | undefined): Promise<Claims> {
  if (file === undefined) return {};
  const value = parseJson(fromUtf8(await readInput(file, 4 * MAX_CLAIMS_LENGTH)) ?? "");
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw wrongUsage("--claims names no JSON object");
}

/** `name=text`, or `name:=JSON`. */
function addClaims(claims: Claims, words: readonly string[]): Claims {
  const all = new Map(Object.entries(claims));
  for (const word of words) {
    const [, name = "", colon, text = ""] = /^([^=]*?)(:?)=(.*)$/s.exec(word) ?? [];
    const value = colon === ":" ? parseJson(text) : text;
    if (name === "" || value === undefined) {
      throw wrongUsage("A --claim has the form name=text, or name:=JSON for numbers, lists and objects");
    }
    if (all.has(name)) throw wrongUsage("A claim is given twice; give each once");
    all.set(name, value);
  }
  return Object.fromEntries(all);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
