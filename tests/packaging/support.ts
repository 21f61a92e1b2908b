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

/** Scripts under the names of the programs, each saying its name and version. */
export async function writeStandIns(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const name of RELEASED_PROGRAMS) {
    await Deno.writeTextFile(`${folder}/${name}`, `#!/bin/sh\necho "${name} 9.9.9 (stand-in)"\n`);
    await Deno.chmod(`${folder}/${name}`, 0o755);
  }
}
