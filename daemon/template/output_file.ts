/**
 * The verb `template`: renders into a file below the caller's directory. The place is held before the server is asked, so that
 * a path that cannot be is refused without a release. What is answered is how much was written, never what.
 */

import { VaultError } from "../../shared/errors.ts";
import { closeFd, type Fd, openPath } from "../../shared/os/descriptor.ts";
import { factsOf } from "../../shared/os/file_facts.ts";
import { libc } from "../../shared/os/libc.ts";
import { OsError } from "../../shared/os/os_error.ts";
import { OutputPlace } from "../../shared/os/output_place.ts";
import { isStillThere, type Peer } from "../../shared/os/peer.ts";
import type { TemplateAnswer, TemplateRequestLine } from "../../shared/socket/messages.ts";
import type { Callers } from "../caller/callers.ts";
import type { ReleaseDeps } from "../release.ts";
import { callerFacts } from "../run/start.ts";
import { renderTemplate } from "./rendered.ts";

export interface OutputFileDeps extends ReleaseDeps {
  readonly callers: Callers;
}

/** @throws VaultError `client.file_refused`, `client.file_not_written`, `template.*` and what else the server says */
export async function renderToFile(
  deps: OutputFileDeps,
  line: TemplateRequestLine,
  peer: Peer,
): Promise<TemplateAnswer> {
  const { project, template, cwd, out } = line;
  using place = openPlace(peer, line);
  const args = ["template", "render", "--out", out];
  const caller = await callerFacts(deps, { program: "cortex", args, cwd }, peer);
  const destination = { kind: "file", path: `${cwd}/${out}`.slice(0, MAX_PATH) } as const;
  using rendered = await renderTemplate(deps, { project, template, destination, caller });
  place.write(rendered.text.expose());
  return { ok: true, bytes: rendered.text.byteLength, names: rendered.names };
}

/** What the audit log takes of a path. */
const MAX_PATH = 4_096;

function openPlace(peer: Peer, { cwd, here, out, force }: TemplateRequestLine): OutputPlace {
  const directory = openDirectory(cwd, here ? peer : undefined);
  try {
    return OutputPlace.open(directory, out, { replace: force });
  } finally {
    closeFd(directory);
  }
}

/** The directory of this name, which has to be the one that this process is in, where the system shows it. */
function openDirectory(cwd: string, peer: Peer | undefined): Fd {
  const { O_PATH, O_DIRECTORY } = libc().numbers;
  let directory: Fd;
  try {
    directory = openPath(cwd, O_PATH | O_DIRECTORY);
  } catch (error) {
    throw error instanceof OsError ? gone(error) : error;
  }
  if (peer === undefined || isOfCaller(peer, directory)) return directory;
  closeFd(directory);
  throw gone();
}

/** A caller that may not be looked at, and every one on macOS, is believed. */
function isOfCaller(peer: Peer, directory: Fd): boolean {
  if (libc().own.os !== "linux") return true;
  const { O_PATH, O_DIRECTORY } = libc().numbers;
  try {
    const theirs = openPath(`/proc/${peer.pid}/cwd`, O_PATH | O_DIRECTORY);
    try {
      return factsOf(theirs).identity === factsOf(directory).identity || !isStillThere(peer);
    } finally {
      closeFd(theirs);
    }
  } catch (error) {
    if (error instanceof OsError) return true;
    throw error;
  }
}

function gone(cause?: OsError): VaultError {
  return new VaultError(
    "child.directory_gone",
    "The working directory is gone or closed to the daemon; change to one that is there",
    { cause },
  );
}
