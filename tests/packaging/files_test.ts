/** What is shipped beside the programs: units, man pages, list of what is inside. */

import assert from "node:assert/strict";
import { programTree } from "../../cli/program.ts";
import { allCommands } from "../../cli/help/command_tree.ts";
import { manPages } from "../../cli/help/man_page.ts";
import { componentsOf, importedPackages, type Lock, sbom, spdxTime } from "../../packaging/sbom.ts";
import { withTempDir } from "../support/paths.ts";
import { hasTool, outputOf } from "./support.ts";

Deno.test("the systemd units are understood by systemd", async () => {
  if (!await hasTool("systemd-analyze")) return;
  await withTempDir(async (folder) => {
    for (const name of ["cortex-server", "cortex-daemon"]) {
      const unit = await Deno.readTextFile(`packaging/units/${name}.service`);
      await Deno.writeTextFile(`${folder}/${name}`, "#!/bin/sh\n");
      await Deno.chmod(`${folder}/${name}`, 0o755);
      const file = `${folder}/${name}.service`;
      await Deno.writeTextFile(file, unit.replaceAll("@bindir@", folder));
      const { code, text } = await outputOf("systemd-analyze", [
        "verify",
        "--man=no",
        "--recursive-errors=no",
        file,
      ]);
      assert.ok(code === 0 && !text.includes(`${name}.service:`), text);
    }
  });
});

Deno.test("the server's unit is exposed little, as systemd counts", async () => {
  if (!await hasTool("systemd-analyze")) return;
  await withTempDir(async (folder) => {
    const unit = await Deno.readTextFile("packaging/units/cortex-server.service");
    const file = `${folder}/cortex-server.service`;
    await Deno.writeTextFile(file, unit.replaceAll("@bindir@", "/usr/local/bin"));
    const args = ["security", "--offline=true", "--no-pager", "--threshold=20", file];
    const { code, text } = await outputOf("systemd-analyze", args);
    assert.equal(code, 0, text);
  });
});

Deno.test("the launchd property lists are XML that names the programs", async () => {
  for (const name of ["server", "daemon"]) {
    const text = await Deno.readTextFile(`packaging/units/io.cortexauth.${name}.plist`);
    assert.match(text, new RegExp(`<string>@bindir@/cortex-${name}</string>`));
    if (!await hasTool("python3")) continue;
    const script = "import plistlib, sys; print(plistlib.load(open(sys.argv[1], 'rb'))['Label'])";
    const { text: label } = await outputOf("python3", [
      "-c",
      script,
      `packaging/units/io.cortexauth.${name}.plist`,
    ]);
    assert.equal(label.trim(), `io.cortexauth.${name}`);
  }
});

Deno.test("there is a man page for every command, and the formatter takes it", async () => {
  const tree = programTree();
  const pages = manPages(tree);
  assert.equal(pages.length, allCommands(tree).length - 1);
  const run = pages.find(({ file }) => file === "cortex-run.1")?.text ?? "";
  assert.match(run, /\.B \\-\\-project <name>\nthe project whose keys are wanted/);
  if (!await hasTool("mandoc")) return;
  await withTempDir(async (folder) => {
    for (const { file, text } of pages) await Deno.writeTextFile(`${folder}/${file}`, text);
    const files = pages.map(({ file }) => `${folder}/${file}`);
    const { text } = await outputOf("mandoc", ["-T", "lint", "-W", "error", ...files]);
    assert.equal(text, "");
  });
});

Deno.test("sbom lists what the programs are made of and nothing that only tests use", async () => {
  const lock: Lock = JSON.parse(await Deno.readTextFile("deno.lock"));
  const components = componentsOf(lock, await importedPackages());
  const names = components.map(({ name }) => name);
  for (const name of ["hono", "kysely", "zod", "@noble/hashes"]) assert.ok(names.includes(name), name);
  for (const name of ["fast-check", "playwright-core", "axe-core"]) assert.ok(!names.includes(name), name);
  assert.equal(spdxTime(1_767_225_600), "2026-01-01T00:00:00Z");
  const document = sbom(components, "abc", spdxTime(0)) as { packages: Record<string, unknown>[] };
  assert.equal(document.packages.length, components.length + 1);
  for (const item of document.packages.slice(1)) {
    assert.ok(Array.isArray(item["checksums"]), String(item["name"]));
  }
});
