/** What tests of the packaging share: small stand-ins for compiled programs, and whether a tool is here. */

import { RELEASED_PROGRAMS } from "../../packaging/targets.ts";

/** Whether a program is on the PATH; where it is not, says so, because a test is left out for it. */
export async function hasTool(name: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", { args: ["-c", `command -v ${name}`], stdout: "null" })
    .output();
  if (!success) console.log(`${name} is not installed here: what needs it is left out`);
  return success;
}

/** Runs a program and gives all it said. */
export async function outputOf(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const output = await new Deno.Command(program, { args: [...args], env, stdin: "null" }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: output.code, text: decode(output.stdout) + decode(output.stderr) };
}

/** What a stand-in says of itself. */
export const STAND_IN_VERSION = "9.9.9";

/** Scripts under the names of the programs: each says its name and version, and that nobody is logged in. */
export async function writeStandIns(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const name of RELEASED_PROGRAMS) {
    const says = `echo "${name} ${STAND_IN_VERSION} (stand-in)"`;
    const script =
      `#!/bin/sh\n[ "$1" = status ] || { ${says}; exit; }\necho "cortex daemon login"; exit 122\n`;
    await Deno.writeTextFile(`${folder}/${name}`, script, { mode: 0o755 });
  }
}
