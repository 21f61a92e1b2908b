/** `cortex sign hmac`: the MAC of a file, or the headers of a webhook with it as body. */

import type { SignRequest } from "../../shared/api/sign.ts";
import { HMAC_HASHES, MAX_MESSAGE_BYTES, WEBHOOK_FORMS } from "../../shared/signing/limits.ts";
import { fromBase64, toBase64, toHex } from "../../shared/encoding.ts";
import type { CliContext } from "../context.ts";
import { notThatAnswer, signAndPrint, type SignOptions, wrongUsage } from "./ask.ts";
import { readInput } from "./input.ts";

export interface HmacOptions extends SignOptions {
  readonly alg: string;
  readonly encoding: string;
  readonly prefix?: string | undefined;
  readonly format?: string | undefined;
  readonly id?: string | undefined;
}

/** @throws VaultError, CommanderError */
export async function signHmac(file: string, options: HmacOptions, context: CliContext): Promise<number> {
  const { terminal } = context;
  if (options.id !== undefined && options.format !== "standard-webhooks") {
    throw wrongUsage("--id is for --format standard-webhooks only");
  }
  const request = await toRequest(file, options);
  return await signAndPrint(request, options, context, (signed) => {
    if (signed.kind === "webhook") {
      if (options.json) terminal.json({ ok: true, headers: Object.fromEntries(signed.headers) });
      else signed.headers.forEach(([name, value]) => terminal.data(`${name}: ${value}`));
    } else if (signed.kind === "hmac") {
      const signature = `${options.prefix ?? ""}${encode(signed.mac, options.encoding)}`;
      if (options.json) terminal.json({ ok: true, signature });
      else terminal.data(signature);
    } else throw notThatAnswer();
  });
}

async function toRequest(file: string, options: HmacOptions): Promise<SignRequest> {
  const { key: name, id } = options;
  const hash = HMAC_HASHES.find((one) => one === options.alg);
  const form = WEBHOOK_FORMS.find((one) => one === options.format);
  if (hash === undefined) throw wrongUsage(`--alg is none of ${HMAC_HASHES.join(", ")}`);
  if (form === undefined && options.format !== undefined) {
    throw wrongUsage(`--format is none of ${WEBHOOK_FORMS.join(", ")}`);
  }
  if (!["hex", "base64"].includes(options.encoding)) throw wrongUsage("--encoding is neither hex nor base64");
  const message = toBase64(await readInput(file, MAX_MESSAGE_BYTES));
  if (form === undefined) return { kind: "hmac", name, hash, message };
  return { kind: "webhook", name, form, message, ...(id === undefined ? {} : { message_id: id }) };
}

function encode(mac: string, encoding: string): string {
  return encoding === "base64" ? mac : toHex(fromBase64(mac) ?? new Uint8Array());
}
