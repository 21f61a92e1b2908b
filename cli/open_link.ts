/** Opens a link in the browser of this machine, where there is one to see. */

import type { CliContext } from "./context.ts";

export function openLink(link: string, { env }: CliContext): void {
  const mac = Deno.build.os === "darwin";
  if (!mac && env("DISPLAY") === undefined && env("WAYLAND_DISPLAY") === undefined) return;
  try {
    const opener = new Deno.Command(mac ? "open" : "xdg-open", {
      args: [link],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    });
    opener.spawn().unref();
  } catch {
    // No browser here: the link is on the screen.
  }
}
