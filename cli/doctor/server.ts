/** The server: is it reached, unsealed, in the same time as we are, and over a line that nobody reads? */

import { errorFromAnswer } from "../../shared/client/answer_error.ts";
import { isLoopbackHost } from "../../shared/client/server_client.ts";
import { type Instant, SECOND } from "../../shared/clock.ts";
import { failure, type Finding, ok, warning } from "./finding.ts";

/** Signatures count for five minutes around the server's time. */
const CLOCK_FAILS = 240 * SECOND;
const CLOCK_WARNS = 30 * SECOND;
const PATIENCE = 10 * SECOND;

/** Some findings about a server, by its own word and its clock. */
export async function checkServer(url: string, now: () => Instant): Promise<readonly Finding[]> {
  const line = lineFinding(url);
  const asked = now();
  let answer: Response;
  let body: Uint8Array;
  try {
    answer = await fetch(`${url}/readyz`, { redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
    body = await answer.bytes();
  } catch {
    return [
      line,
      failure("server", `${url} does not answer`, "check the address, the network and the server"),
    ];
  }
  return [line, readyFinding(url, answer, body), clockFinding(answer, (asked + now()) / 2)];
}

function lineFinding(url: string): Finding {
  const { protocol, hostname } = new URL(url);
  if (protocol === "https:" || isLoopbackHost(hostname)) {
    return ok("line", protocol === "https:" ? "TLS" : "this machine");
  }
  return warning("line", "plain HTTP over the network", "put TLS in front of the server");
}

function readyFinding(url: string, { status, headers }: Response, body: Uint8Array): Finding {
  if (status === 200) return ok("server", `${url} is ready`);
  if (status === 404) return warning("server", `${url} is a server that does not say whether it is ready`);
  const { code, message } = errorFromAnswer(status, headers, body);
  const fix = code === "server.sealed"
    ? "have the operator unseal it: cortex admin unseal"
    : status === 503
    ? "tell the operator; the server's log says more"
    : "check the address";
  return failure("server", `${url} answers ${status}: ${message}`, fix);
}

function clockFinding({ headers }: Response, now: Instant): Finding {
  const theirs = Date.parse(headers.get("Date") ?? "");
  if (Number.isNaN(theirs)) return warning("clock", "the server does not say what time it is");
  // Their second began up to a second before.
  const away = Math.max(0, Math.abs(theirs - now) - SECOND);
  const says = `${Math.round(away / SECOND)} s from the server's clock`;
  if (away >= CLOCK_FAILS) return failure("clock", says, "set this machine's clock, best by NTP");
  return away >= CLOCK_WARNS
    ? warning("clock", says, "set this machine's clock, best by NTP")
    : ok("clock", says);
}
