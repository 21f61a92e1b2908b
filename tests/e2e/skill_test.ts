/**
 * Every command that the skill shows is run, on real processes, with the words that stand for something filled in. A line that
 * is new to this test fails it.
 */

import assert from "node:assert/strict";
import { SKILLS } from "../../cli/skill/files.ts";
import { PROJECT, storeAndGrant, withMainJob } from "../support/main_job.ts";
import { expectOk } from "../support/wire_agent.ts";
import type { World } from "../support/world.ts";

const VALUE = "canary-skill-7f3a9-91c2d4";

/** What becomes of a line: what is typed instead, and the exit code; or why it is left to another test. */
type Fate =
  | { readonly typed: string; readonly code: number }
  | { readonly elsewhere: string };

const run = (typed: string, code = 0): Fate => ({ typed, code });

/** By the line as the skill shows it. */
const FATES: Readonly<Record<string, Fate>> = {
  "cortex run --project PROJECT -- COMMAND ARGUMENTS…": run("cortex run --project P -- test -n yes"),
  "cortex explain --project PROJECT": run("cortex explain --project P"),
  "cortex explain --project PROJECT -- COMMAND ARGUMENTS…": run("cortex explain --project P -- true yes"),
  "cortex run --project PROJECT --dry-run -- COMMAND ARGUMENTS…": run(
    "cortex run --project P --dry-run -- true",
  ),
  'cortex run --project PROJECT --request --uses 1 --note "why" -- COMMAND ARGUMENTS…': run(
    'cortex run --project P --request --uses 1 --note "why" -- true yes',
    120,
  ),
  "cortex template render --project PROJECT --template NAME --out PATH": run(
    "cortex template render --project P --template conf --out app.conf",
  ),
  "cortex template render --project PROJECT --file T --run -- COMMAND --config={}": run(
    "cortex template render --project P --file template --run -- test -r {}",
  ),
  "cortex ssh --project PROJECT -- git push": { elsewhere: "tests/e2e/ssh_test.ts, against a real sshd" },
  "cortex ssh --project PROJECT -- ssh user@host COMMAND": { elsewhere: "tests/e2e/ssh_test.ts" },
  "cortex sign aws --project PROJECT --key NAME --id-name NAME --service s3 --region REGION --format curl GET URL | curl -K -":
    { elsewhere: "tests/e2e/sign_test.ts, against a server that verifies" },
  "cortex sign jwt --project PROJECT --key NAME --alg RS256 --claim iss=ID --ttl 5m": {
    elsewhere: "tests/e2e/sign_test.ts",
  },
  "cortex sign hmac --project PROJECT --key NAME --format stripe BODY-FILE": run(
    "cortex sign hmac --project P --key TOKEN --format stripe body",
  ),
  "cortex doctor": run("cortex doctor"),
  "cortex daemon start": run("cortex daemon start"),
  "cortex daemon restart": {
    elsewhere: "it would take the daemon of this test away; start and stop are in tests/cli",
  },
};

/** Lines of blocks of text; those of blocks of sh are run with the documents. */
function shownLines(): string[] {
  const texts = Object.values(SKILLS).flatMap((files) => Object.values(files)).flatMap((text) =>
    [...text.matchAll(/^```text\n([^]*?)^```$/gm)].map(([, block = ""]) => block)
  );
  return texts.flatMap((block) => block.split("\n")).filter((line) => line.startsWith("cortex "));
}

async function type(world: World, line: string): Promise<{ readonly code: number; readonly text: string }> {
  const words = line.replace("--project P", `--project ${PROJECT}`).match(/"[^"]*"|\S+/g) ?? [];
  const args = words.slice(1).map((word) => word.replace(/^"(.*)"$/, "$1"));
  const { code, stdout, stderr } = await world.cortex(args);
  return { code, text: stdout + stderr };
}

Deno.test("every command that the skill shows does what it says", async () => {
  await withMainJob({ "prod/token": VALUE }, async (world) => {
    const body = { key_path: "conf", secret_type: "TEMPLATE_CONFIG", value: "token={{TOKEN}}\n" };
    const { id } = (await expectOk(world.admin("POST", "/admin/secrets", body))).json();
    await expectOk(world.admin("POST", `/admin/projects/${PROJECT}/grants`, { secret_id: id }));
    await storeAndGrant(world, "prod/unused", "another-value-123456", "another-project");
    await Deno.writeTextFile(`${world.folder}/body`, "{}");
    await Deno.writeTextFile(`${world.folder}/template`, "token={{TOKEN}}\n");
    for (const line of new Set(shownLines())) {
      const fate = FATES[line];
      assert.ok(fate !== undefined, `the skill shows a line that this test does not know: ${line}`);
      if ("elsewhere" in fate) {
        console.log(`${line}: ${fate.elsewhere}`);
        continue;
      }
      const { code, text } = await type(world, fate.typed);
      assert.equal(code, fate.code, `${line}\n${text}`);
    }
    assert.ok(!world.transcript.join("").includes(VALUE));
  });
});
