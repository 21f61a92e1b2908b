/** `cortex audit anchor`: keeps the newest head outside, once it is shown to go on from the last one that was kept. */

import type { AuditHead } from "../../shared/audit/head.ts";
import { parseKeptHeads, printKeptHead, wholeLines } from "../../shared/audit/anchors.ts";
import { ServerClient } from "../../shared/client/server_client.ts";
import { utf8 } from "../../shared/encoding.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import { serverAddress } from "../admin/connection.ts";
import type { CliContext } from "../context.ts";
import { insecureHttpAllowed } from "../options.ts";
import { commitToGit, keptMeanwhile, readFromGit } from "./git_heads.ts";
import { fetchContinuation, fetchSignedHead } from "./heads_client.ts";

export interface AnchorOptions {
  readonly url?: string | undefined;
  readonly file?: string | undefined;
  readonly git?: string | undefined;
  readonly json?: true | undefined;
}

/** Where heads are kept. */
interface Keeper {
  read(): Promise<string>;
  /** Adds a line to what `read` gave. */
  add(before: string, line: string, head: AuditHead): Promise<void>;
}

/** Returns the exit code. @throws VaultError `audit.broken` where the log does not go on from what was kept */
export async function anchor(options: AnchorOptions, context: CliContext): Promise<number> {
  const keeper = keeperOf(options);
  const client = new ServerClient({
    baseUrl: serverAddress(options, context.env),
    allowInsecureHttp: insecureHttpAllowed(context.env),
  });
  const before = await keeper.read();
  const last = parseKeptHeads(before).at(-1);
  const head = last === undefined ? await fetchSignedHead(client) : await fetchContinuation(client, last);
  const isNew = last === undefined || head.tree_size > last.tree_size;
  if (isNew) await keeper.add(before, printKeptHead(head), head);
  tell(head, isNew, options, context);
  return EXIT.ok;
}

function tell(head: AuditHead, isNew: boolean, { json }: AnchorOptions, { terminal }: CliContext): void {
  if (json) return terminal.json({ ok: true, kept: isNew, head });
  const what = `${head.tree_size} rows, root ${head.root_hash}`;
  terminal.note(isNew ? `Kept: ${what}` : `Nothing new since the last head: ${what}`);
}

function keeperOf({ file, git }: AnchorOptions): Keeper {
  if (file !== undefined && git === undefined) return fileKeeper(file);
  if (git !== undefined && file === undefined) return gitKeeper(git);
  throw new VaultError(
    "request.invalid",
    "Say where the head is to be kept: --file FILE or --git REPOSITORY",
  );
}

function fileKeeper(path: string): Keeper {
  return {
    read: async () => {
      const facts = await Deno.lstat(path).catch(() => undefined);
      if (facts === undefined) return "";
      if (facts.isFile) return await Deno.readTextFile(path);
      throw new VaultError("client.file_unsafe", `${path} is no plain file; name one that is, or a new one`);
    },
    add: (before, line) => appendLine(path, before, line),
  };
}

/** One write behind what was read, and on disk when it returns. @throws VaultError `server.busy` */
async function appendLine(path: string, before: string, line: string): Promise<void> {
  using file = await Deno.open(path, { append: true, read: true, create: true, mode: 0o600 });
  await file.lock(true);
  if (await Deno.readTextFile(path) !== before) throw keptMeanwhile();
  const whole = wholeLines(before);
  if (whole.length < before.length) await file.truncate(utf8(whole).byteLength);
  const bytes = utf8(whole.length > before.length ? `\n${line}` : line);
  for (let at = 0; at < bytes.byteLength;) at += await file.write(bytes.subarray(at));
  await file.sync();
}

function gitKeeper(repository: string): Keeper {
  return {
    read: async () => await readFromGit(repository) ?? "",
    add: (before, line, { tree_size }) =>
      commitToGit(repository, before, line, `audit head over ${tree_size} rows`),
  };
}
