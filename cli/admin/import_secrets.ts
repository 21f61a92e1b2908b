/** A dotenv text into the vault, as `secrets import`: every line is told of by its name, none by its value. */

import { type ImportLine, ImportReport, type ImportSecretsRequest } from "../../shared/api/secrets.ts";
import { wipe } from "../../shared/crypto/wipe.ts";
import { fromUtf8 } from "../../shared/encoding.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { readValueBytes } from "./secret_value.ts";
import { type AdminOptions, connectAsAdmin } from "./connection.ts";

export interface ImportOptions extends AdminOptions {
  readonly namespace?: string | undefined;
  readonly prefix?: string | undefined;
  readonly duplicates: ImportSecretsRequest["duplicates"];
  readonly partial?: true | undefined;
  readonly unredactable?: true | undefined;
  readonly dryRun?: true | undefined;
}

/** `secrets import`. @throws VaultError `client.file_unsafe`, `request.invalid` and others */
export async function importSecrets(
  file: string,
  { duplicates, namespace, prefix, ...options }: ImportOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const body = {
    content: await readText(file),
    duplicates,
    ...(namespace === undefined ? {} : { namespace }),
    ...(prefix === undefined ? {} : { prefix }),
    partial: options.partial === true,
    unredactable: options.unredactable === true,
    dry_run: options.dryRun === true,
  };
  const parse = (value: unknown) => ImportReport.safeParse(value).data;
  const report = await connection.requestJson("POST", "/admin/secrets/bulk", parse, { body });
  if (options.json) context.terminal.json(report);
  else {
    for (const line of report.lines) context.terminal.data(describe(line));
    context.terminal.note(`${report.stored ? "Stored" : "Nothing was stored"}; ${sums(report)}`);
  }
  return report.stored || report.dry_run ? EXIT.ok : EXIT.failure;
}

async function readText(file: string): Promise<string> {
  const bytes = await readValueBytes(file);
  const text = fromUtf8(bytes);
  wipe(bytes);
  if (text !== undefined) return text;
  throw new VaultError(
    "client.file_unsafe",
    "The file is not UTF-8 text; name a file with lines of NAME=value",
  );
}

function sums({ created, replaced, skipped, invalid }: ImportReport): string {
  return `created ${created}, replaced ${replaced}, skipped ${skipped}, invalid ${invalid}`;
}

function describe({ line, name, key_path, outcome, problem }: ImportLine): string {
  return `line ${line}  ${name ?? "-"}  ${key_path ?? "-"}  ${outcome}${
    problem === null ? "" : `: ${problem}`
  }`;
}
