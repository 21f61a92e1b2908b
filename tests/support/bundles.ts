/**
 * The programs as bundles in a folder that is laid out as a checkout: made as `deno compile` gets them, they start in half the
 * time of the sources. `deno task test` makes one folder for all tests and names it in `CORTEX_BUNDLES`.
 */

import { writeBundle } from "../../packaging/bundle.ts";
import { PROGRAMS } from "../../packaging/programs.ts";
import { COMMIT } from "../../shared/version.ts";

/** Writes bundles and `deno.json` into `folder`, which is there and empty. @throws Error where a program has no bundle */
export async function writeBundledCheckout(folder: string): Promise<void> {
  const { unstable, permissions } = JSON.parse(await Deno.readTextFile("deno.json"));
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ unstable, permissions }));
  await Promise.all(
    Object.values(PROGRAMS).map(async (source) => {
      const room = `${folder}/${source.main.replace("/main.ts", "")}`;
      await Deno.mkdir(`${room}/bundle`, { recursive: true });
      const { main } = await writeBundle(source, `${room}/bundle`, COMMIT);
      await Deno.writeTextFile(`${room}/main.ts`, `import "./bundle/${main}";\n`);
    }),
  );
}
