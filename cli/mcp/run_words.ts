/** How a run ended and what it printed, as a model reads it. */

import type { CapturedRun } from "./captured_run.ts";

export function runLines(run: CapturedRun): string[] {
  const { stdout, stderr, started } = run;
  const missing = started?.unmatched ?? [];
  const visible = started?.unredacted ?? [];
  return [
    endWords(run),
    ...(missing.length === 0 ? [] : [`Without ${missing.join(", ")}: not granted; an admin can grant them`]),
    ...(visible.length === 0 ? [] : [`May be seen in the output, do not repeat it: ${visible.join(", ")}`]),
    ...section("stdout", stdout.text),
    ...section("stderr", stderr.text),
  ];
}

function endWords({ code, signal, ended }: CapturedRun): string {
  const how = signal === undefined ? `exit code ${code ?? "unknown"}` : `ended by ${signal}`;
  if (ended === "time was over") return `The time was over, so the program was ended (${how})`;
  return ended === "cancelled"
    ? `Cancelled, so the program was ended (${how})`
    : `The program ended with ${how}`;
}

function section(title: string, text: string): string[] {
  return text === "" ? [] : [`--- ${title}`, text.replace(/\n$/, "")];
}
