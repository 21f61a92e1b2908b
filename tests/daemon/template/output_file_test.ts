/** The verb `template` against a fake server: where the file lands, and what is asked before. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { generateSeed, keyFingerprint, publicKeyOf, signingKey } from "../../../shared/crypto/ed25519.ts";
import { AGENT, Stage, text } from "../support/stage.ts";
import { until } from "../support/until.ts";

const VALUE = "canary-rendered-61b0-44ef";
const ROUTE = "/project/template/";
const RENDERED = { text: `key=${VALUE}\n`, names: ["KEY"], values: { KEY: VALUE } };

/** A host whose server proves itself, and a caller (this process) in a folder of its own. */
async function onStage(test: (stage: Stage, work: string) => Promise<void>): Promise<void> {
  const key = signingKey(generateSeed());
  await using stage = new Stage({ loggedIn: false });
  stage.server.provenBy = key;
  stage.server.values = { KEY: VALUE };
  stage.logIn(AGENT, stage.server.url, "1", { server_fingerprint: keyFingerprint(publicKeyOf(key)) });
  const work = `${stage.folder}/work`;
  await Deno.mkdir(`${work}/conf`, { recursive: true });
  const before = Deno.cwd();
  Deno.chdir(work);
  try {
    await test(stage, work);
  } finally {
    Deno.chdir(before);
  }
  assert.doesNotMatch(stage.logLines.join("\n"), /canary/);
}

function ask(stage: Stage, cwd: string, out: string, extra: Record<string, unknown> = {}) {
  const template = { text: "key={{KEY}}\n" };
  return stage.ask({
    cmd: "template",
    v: 1,
    project: "my app",
    template,
    cwd,
    here: true,
    out,
    force: false,
    ...extra,
  });
}

const answer = (body: unknown) => ({ status: 200, body });

Deno.test("template writes what the server rendered, tells where to, and answers with no content", async () => {
  await onStage(async (stage, work) => {
    stage.server.answerOnce(ROUTE, answer({ ...RENDERED, values: {} }));
    const said = await ask(stage, work, "conf/app.env");
    assert.deepEqual(said, { ok: true, bytes: RENDERED.text.length, names: ["KEY"] });
    assert.equal(Deno.readTextFileSync(`${work}/conf/app.env`), RENDERED.text);
    const [seen] = stage.server.seen(ROUTE);
    assert.deepEqual(seen?.json["destination"], { kind: "file", path: `${work}/conf/app.env` });
  });
});

Deno.test("template asks nobody for values where the path cannot be", async () => {
  await onStage(async (stage, work) => {
    await Deno.writeTextFile(`${work}/there`, "mine");
    await Deno.symlink("/etc", `${work}/link`);
    for (const out of ["there", "link/x", "link", "../x", "/etc/x", "no/x", "conf", "", "x\0y"]) {
      const said = await ask(stage, work, out);
      assert.equal(said["ok"], false, out);
    }
    assert.equal(stage.server.seen(ROUTE).length, 0);
    assert.equal(Deno.readTextFileSync(`${work}/there`), "mine");
  });
});

Deno.test("template holds the directory that it looked at while the server is asked", async () => {
  await onStage(async (stage, work) => {
    stage.server.answerOnce(ROUTE, answer({ ...RENDERED, values: {} }));
    await ask(stage, work, "warm-up");
    await Deno.mkdir(`${stage.folder}/trap`);
    const gate = Promise.withResolvers<void>();
    stage.server.gate = gate.promise;
    stage.server.answerOnce(ROUTE, answer({ ...RENDERED, values: {} }));
    const asked = ask(stage, work, "conf/app.env");
    await until(() => stage.server.seen(ROUTE).length === 2);
    Deno.renameSync(`${work}/conf`, `${work}/moved`);
    Deno.symlinkSync(`${stage.folder}/trap`, `${work}/conf`);
    gate.resolve();
    assert.equal((await asked)["ok"], true);
    assert.deepEqual([...Deno.readDirSync(`${stage.folder}/trap`)], []);
    assert.equal(Deno.readTextFileSync(`${work}/moved/app.env`), RENDERED.text);
  });
});

Deno.test("template takes the caller's directory, not another one, and not one that is gone", async () => {
  await onStage(async (stage, work) => {
    const other = await ask(stage, stage.folder, "x");
    assert.equal(other["error_code"], "child_directory_gone");
    stage.server.answerOnce(ROUTE, answer({ ...RENDERED, values: {} }));
    const named = await ask(stage, `${work}/conf`, "x", { here: false });
    assert.equal(named["ok"], true, "a server of tools names the directory that it works in");
    await Deno.mkdir(`${work}/gone`);
    Deno.chdir(`${work}/gone`);
    await Deno.remove(`${work}/gone`);
    assert.equal((await ask(stage, `${work}/gone`, "x"))["error_code"], "child_directory_gone");
    Deno.chdir(work);
    assert.equal(stage.server.seen(ROUTE).length, 1);
  });
});

Deno.test("template asks for a token with the names that the template lacks, and leaves nothing of a failure", async () => {
  await onStage(async (stage, work) => {
    stage.server.answerOnce(ROUTE, answer({ needs: ["KEY"] }));
    stage.server.answerOnce(ROUTE, answer({ ...RENDERED, values: {} }));
    assert.equal((await ask(stage, work, "out"))["ok"], true);
    const contexts = stage.server.seen("/agent/discover").map(({ json }) => json["context"]);
    assert.deepEqual(contexts.map((context) => Object(context).file_content), ["", "KEY=\n"]);
    for (
      const wrong of [
        { status: 422, body: { error: "The template uses X", error_code: "template_missing_name" } },
        answer({ needs: ["KEY"] }),
        answer({ text: 5 }),
        answer(null),
      ]
    ) {
      stage.server.answerOnce(ROUTE, wrong);
      if ("needs" in Object(wrong.body)) stage.server.answerOnce(ROUTE, wrong);
      assert.equal((await ask(stage, work, "failed"))["ok"], false);
    }
    assert.deepEqual([...Deno.readDirSync(work)].map(({ name }) => name).sort(), ["conf", "out"]);
  });
});

Deno.test("a template for a program is at the path in its arguments, and its values are redacted", async () => {
  await onStage(async (stage) => {
    stage.server.answerOnce(ROUTE, answer(RENDERED));
    const args = [
      "-c",
      'cat "$1"; test "$1" = "$CORTEX_TEMPLATE_FILE" && echo same; echo "$2" "$3"; env',
      "sh",
      "{}",
    ];
    const { stdout, started } = await stage.exec("sh", [...args, "--conf={}", "{}x"], {
      names: [],
      template: { name: "conf" },
      env: [["PATH", "/usr/bin:/bin"], ["CORTEX_TEMPLATE_FILE", "/etc/hostname"], ["CORTEX_URL", "x"]],
    });
    const shown = text(stdout);
    assert.match(shown, /^key=\[redacted:KEY\]\nsame\n--conf=\/dev\/fd\/20 \{\}x\n/);
    assert.match(shown, /^CORTEX_TEMPLATE_FILE=\/dev\/fd\/20$/m);
    assert.doesNotMatch(shown, /CORTEX_URL|canary/);
    assert.deepEqual(started?.delivered, ["KEY"]);
    assert.equal(stage.server.seen("/project/run/").length, 0, "no other value was asked for");
  });
});

Deno.test("any line for template is answered, and the daemon goes on", async () => {
  await onStage(async (stage, work) => {
    const anything = fc.record({
      project: fc.oneof(fc.constant("my app"), fc.jsonValue()),
      template: fc.oneof(fc.record({ text: fc.string() }), fc.record({ name: fc.string() }), fc.jsonValue()),
      cwd: fc.oneof(fc.constant(work), fc.string(), fc.jsonValue()),
      out: fc.oneof(fc.string(), fc.constant("there/../x"), fc.jsonValue()),
      force: fc.jsonValue(),
    });
    await fc.assert(
      fc.asyncProperty(anything, async (fields) => {
        const said = await stage.ask({ cmd: "template", v: 1, ...fields });
        assert.equal(typeof said["ok"], "boolean");
      }),
      { numRuns: 150 },
    );
    stage.server.answerOnce(ROUTE, answer({ ...RENDERED, values: {} }));
    assert.equal((await ask(stage, work, "last", { force: true }))["ok"], true);
  });
});
