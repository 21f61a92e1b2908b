/** `cortex doctor`: looks at everything that a run needs, names what is wrong and what to do, and changes nothing. */

import { cortexHome } from "../../shared/client/home.ts";
import { systemClock } from "../../shared/clock.ts";
import { EXIT } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import type { Style } from "../terminal.ts";
import { checkDaemon, checkProgram } from "./daemon.ts";
import type { Finding, Verdict } from "./finding.ts";
import { checkDirectory, checkKey, checkLogin, checkSocket } from "./home.ts";
import { checkServer } from "./server.ts";

export interface DoctorOptions {
  readonly sock?: string | undefined;
  readonly json?: true | undefined;
}

const MARKS: Readonly<Record<Verdict, readonly [mark: string, style: Style]>> = {
  ok: ["ok", "green"],
  warning: ["!!", "yellow"],
  failure: ["no", "red"],
};

/** Says all findings; 0 where nothing keeps programs from running, else 122. */
export async function doctor(options: DoctorOptions, context: CliContext): Promise<number> {
  const findings = await examine(options, context);
  const { terminal } = context;
  const healthy = findings.every(({ verdict }) => verdict !== "failure");
  if (options.json) terminal.json({ ok: healthy, findings });
  else {
    for (const { check, verdict, says, fix } of findings) {
      const [mark, style] = MARKS[verdict];
      terminal.data(`${terminal.paint(style, mark)}  ${check.padEnd(10)} ${says}`);
      if (fix !== undefined) terminal.data(`${" ".repeat(15)}${fix}`);
    }
  }
  return healthy ? EXIT.ok : EXIT.notReady;
}

async function examine({ sock }: DoctorOptions, context: CliContext): Promise<readonly Finding[]> {
  const home = cortexHome(context.env);
  const socket = sock ?? home.socket;
  const now = () => systemClock.now();
  const { finding, login } = checkLogin(home, now());
  const { findings } = await checkDaemon(socket);
  return [
    checkDirectory(home),
    finding,
    login && checkKey(home, login),
    ...(login === undefined ? [] : await checkServer(login.server_url, now)),
    checkProgram(context),
    checkSocket(socket),
    ...findings,
  ].filter((found) => found !== undefined);
}
