/** `cortex template render` on real processes: into a file, and for one program. */

import assert from "node:assert/strict";
import { EXIT } from "../../shared/errors.ts";
import { capturedFolder, capturedText, findLeaks } from "../support/leak_search.ts";
import { approveAll, PROJECT, storeAndGrant, withMainJob } from "../support/main_job.ts";
import { expectOk } from "../support/wire_agent.ts";
import type { World } from "../support/world.ts";

const PW = "canary-p&w<o>rd'\"=-71f3";
const URL_VALUE = "postgres://canary-url-80ab:5432/shop";
const CONF = "# shop\nurl={{prod/db_url}}\n{{#if DB_PW}}pw={{DB_PW}}\n{{/if}}";
const RENDERED = `# shop\nurl=${URL_VALUE}\npw=${PW}\n`;

/** A project with two values and a stored template; `work` is where its agent works. */
async function withTemplates(test: (world: World, work: string) => Promise<void>): Promise<void> {
  await withMainJob({ "prod/db_pw": PW, "prod/db_url": URL_VALUE }, async (world) => {
    const body = { key_path: "app/conf", secret_type: "TEMPLATE_CONFIG", value: CONF };
    const { id } = (await expectOk(world.admin("POST", "/admin/secrets", body))).json();
    await expectOk(world.admin("POST", `/admin/projects/${PROJECT}/grants`, { secret_id: id }));
    const work = `${world.folder}/work`;
    await Deno.mkdir(`${work}/conf`, { recursive: true });
    await test(world, work);
    const forbidden = [{ what: "the password", text: PW }, { what: "the address", text: URL_VALUE }];
    const printed = world.transcript.map((text, at) => capturedText(`what was printed, ${at}`, text));
    assert.deepEqual(findLeaks(printed, forbidden), []);
  });
}

const renderer = (world: World, cwd: string) => (...words: string[]) =>
  world.cortex(["template", "render", "--project", PROJECT, ...words], { cwd });

Deno.test("cortex template render --out writes a private file, says what went in, and never shows it", async () => {
  await withTemplates(async (world, work) => {
    const render = renderer(world, work);
    const stored = await render("--template", "app/conf", "--out", "conf/app.conf");
    assert.equal(stored.code, 0, stored.stderr);
    assert.equal(stored.stderr, `wrote conf/app.conf: ${RENDERED.length} bytes, with DB_PW, DB_URL\n`);
    assert.equal(await Deno.readTextFile(`${work}/conf/app.conf`), RENDERED);
    assert.equal(((await Deno.stat(`${work}/conf/app.conf`)).mode ?? 0) & 0o7777, 0o600);
    await Deno.writeTextFile(`${work}/mine.tpl`, "{{DB_PW}}");
    const own = await render("--file", "mine.tpl", "--out", `${work}/mine.out`, "--json");
    assert.deepEqual(JSON.parse(own.stdout), {
      path: `${work}/mine.out`,
      bytes: PW.length,
      names: ["DB_PW"],
    });
    const again = await render("--file", "mine.tpl", "--out", "mine.out");
    assert.equal(again.code, EXIT.failure);
    assert.match(again.stderr, /is there and is not overwritten/);
    assert.equal((await render("--file", "mine.tpl", "--out", "mine.out", "--force")).code, 0);
    assert.deepEqual([...Deno.readDirSync(work)].map(({ name }) => name).sort(), [
      "conf",
      "mine.out",
      "mine.tpl",
    ]);
  });
});

Deno.test("cortex template render --out goes through no planted link, and leaves nothing of what fails", async () => {
  await withTemplates(async (world, work) => {
    const render = renderer(world, work);
    await Deno.mkdir(`${world.folder}/victim`);
    await Deno.symlink("../victim", `${work}/linked`);
    await Deno.symlink("../victim/authorized_keys", `${work}/file-link`);
    for (const out of ["linked/x", "file-link", "../x", "/tmp/cortex-no-such", "missing/x", "conf"]) {
      for (const force of [[], ["--force"]]) {
        const { code, stderr } = await render("--template", "conf", "--out", out, ...force);
        assert.equal(code, EXIT.failure, `${out}: ${stderr}`);
      }
    }
    await Deno.writeTextFile(`${work}/bad.tpl`, "{{DB_PW}} {{NOT_THERE}}");
    const missing = await render("--file", "bad.tpl", "--out", "out");
    assert.equal(missing.code, EXIT.failure);
    assert.match(missing.stderr, /NOT_THERE/);
    assert.deepEqual([...Deno.readDirSync(`${world.folder}/victim`)], []);
    const names = [...Deno.readDirSync(work)].map(({ name }) => name).sort();
    assert.deepEqual(names, ["bad.tpl", "conf", "file-link", "linked"]);
  });
});

for (const streams of ["--no-tty", "--tty"]) {
  Deno.test(`cortex template render --run gives the text to one program, ${streams}`, async () => {
    await withTemplates(async (world, work) => {
      const render = renderer(world, work);
      const script = `
import hashlib, os, sys
text = open(sys.argv[1], "rb").read()
print(hashlib.sha256(text).hexdigest(), sys.argv[2] == "--config=" + sys.argv[1], sys.argv[3])
print(os.environ["CORTEX_TEMPLATE_FILE"] == sys.argv[1], "DB_PW" in os.environ)
print(open("/proc/self/environ", "rb").read().count(b"canary"))
print(text.decode().splitlines()[2])`;
      const words = ["python3", "-c", script, "{}", "--config={}", '{"a":{}}'];
      const { stdout, stderr } = await render("--template", "conf", "--run", streams, "--", ...words);
      const digest = new Uint8Array(
        await crypto.subtle.digest("SHA-256", new TextEncoder().encode(RENDERED)),
      ).toHex();
      const lines = [`${digest} True {"a":{}}`, "True False", "0", "pw=[redacted:DB_PW]", ""];
      assert.deepEqual(stdout.replaceAll("\r\n", "\n").split("\n"), lines, stderr);
      const left = await capturedFolder(world.folder, (path) => path.endsWith(".sock"));
      assert.deepEqual(findLeaks(left, [{ what: "the password", text: PW }]), []);
    });
  });
}

Deno.test("a template that names more than was approved asks a person for exactly that", async () => {
  await withTemplates(async (world, work) => {
    const render = renderer(world, work);
    await storeAndGrant(world, "prod/later_key", "canary-later-90e2ab");
    await storeAndGrant(world, "prod/unused_key", "canary-unused-90e2ab");
    await Deno.writeTextFile(`${work}/t`, "{{LATER_KEY}}");
    const waits = await render("--file", "t", "--out", "out");
    assert.equal(waits.code, EXIT.pendingApproval, waits.stderr);
    const asked = (await expectOk(world.admin("GET", "/admin/pending-grants?status=pending"))).text;
    assert.match(asked, /later_key/);
    assert.doesNotMatch(asked, /unused_key/);
    await approveAll(world);
    assert.equal((await render("--file", "t", "--out", "out")).code, 0);
    assert.equal(await Deno.readTextFile(`${work}/out`), "canary-later-90e2ab");
  });
});

Deno.test("cortex template render says what is wrong with the command line", async () => {
  await withTemplates(async (world, work) => {
    const render = renderer(world, work);
    for (
      const words of [
        ["--template", "conf"],
        ["--out", "x"],
        ["--template", "conf", "--file", "t", "--out", "x"],
        ["--template", "conf", "--out", "x", "--run", "--", "true"],
        ["--template", "conf", "--run"],
        ["--template", "conf", "--run", "--force", "--", "true"],
      ]
    ) {
      assert.equal((await render(...words)).code, EXIT.usage, words.join(" "));
    }
    assert.equal((await render("--file", "no-such", "--out", "x")).code, EXIT.failure);
    assert.equal((await render("--template", "no-such", "--out", "x")).code, EXIT.failure);
  });
});
