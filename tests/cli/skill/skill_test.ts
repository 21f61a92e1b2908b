/** `cortex skill`: each agent, both scopes, copies and links, and what a person changed. */

import assert from "node:assert/strict";
import { AGENT_NAMES, AGENTS } from "../../../cli/skill/agents.ts";
import { SKILL_NAME, type SkillLanguage, SKILLS } from "../../../cli/skill/files.ts";
import { sha256Hex } from "../../../shared/crypto/hash.ts";
import { libc } from "../../../shared/os/libc.ts";
import { readSource } from "../../support/source_files.ts";
import { CliHome } from "../support/cli_home.ts";

/** Opened before any test, because it stays open. */
libc();

async function withHome(work: (home: CliHome) => Promise<void>): Promise<void> {
  await using home = await CliHome.create();
  await work(home);
}

async function assertInstalled(folder: string, language: SkillLanguage = "en"): Promise<void> {
  for (const [path, text] of Object.entries(SKILLS[language])) {
    assert.equal(await Deno.readTextFile(`${folder}/${path}`), text, path);
  }
}

Deno.test("cortex skill install puts the skill where each agent looks, for the user and for a project", async () => {
  await withHome(async (home) => {
    for (const agent of AGENT_NAMES) {
      const { user, project, title } = AGENTS[agent];
      const forUser = await home.cortex(["skill", "install", "--agent", agent]);
      assert.equal(forUser.code, 0, forUser.stderr);
      await assertInstalled(`${home.home}/${user}/${SKILL_NAME}`);
      const forProject = await home.cortex(["skill", "install", "--agent", agent, "--project", "--json"]);
      if (project === null) {
        assert.match(forProject.stderr, new RegExp(`${title} has no skills of a project`));
      } else await assertInstalled(`${home.work}/${project}/${SKILL_NAME}`);
    }
    const other = await home.cortex(["skill", "install", "--dir", "mine/", "--json"]);
    assert.deepEqual(JSON.parse(other.stdout), {
      ok: true,
      skill: SKILL_NAME,
      path: `${home.work}/mine/${SKILL_NAME}`,
      result: "installed",
    });
    assert.match((await home.cortex(["skill", "install"])).stderr, /--agent NAME/);
    assert.equal((await home.cortex(["skill", "install", "--agent", "nobody"])).code, 2);
  });
});

Deno.test("an installed skill is brought up to date; what a person changed is kept unless it is forced", async () => {
  await withHome(async (home) => {
    const install = (...more: string[]) =>
      home.cortex(["skill", "install", "--agent", "claude-code", ...more]);
    const folder = `${home.home}/.claude/skills/${SKILL_NAME}`;
    await install();
    assert.match((await install()).stderr, /up to date/);
    const note = JSON.parse(await Deno.readTextFile(`${folder}/.cortex-skill.json`));
    const old = "an older text of ours\n";
    await Deno.writeTextFile(`${folder}/SKILL.md`, old);
    const changed = await install();
    assert.equal(changed.code, 125);
    assert.match(changed.stderr, /SKILL\.md in .* was changed.*--force/);
    assert.equal(await Deno.readTextFile(`${folder}/SKILL.md`), old);
    note.files["SKILL.md"] = sha256Hex(old);
    await Deno.writeTextFile(`${folder}/.cortex-skill.json`, JSON.stringify(note));
    assert.match((await install()).stderr, /updated/);
    await assertInstalled(folder);
    await Deno.writeTextFile(`${folder}/mine.md`, "mine");
    assert.match((await install()).stderr, /mine\.md/);
    assert.equal((await home.cortex(["skill", "uninstall", "--agent", "claude-code"])).code, 125);
    assert.equal((await home.cortex(["skill", "uninstall", "--agent", "claude-code", "--force"])).code, 0);
    await assert.rejects(Deno.stat(folder));
    assert.match((await home.cortex(["skill", "uninstall", "--agent", "claude-code"])).stderr, /no skill at/);
  });
});

Deno.test("a file that a version has no more goes with the upgrade, and the next upgrade is not refused for it", async () => {
  await withHome(async (home) => {
    const install = () => home.cortex(["skill", "install", "--agent", "claude-code"]);
    const folder = `${home.home}/.claude/skills/${SKILL_NAME}`;
    await install();
    const note = JSON.parse(await Deno.readTextFile(`${folder}/.cortex-skill.json`));
    for (const path of ["SKILL.md", "references/dropped.md"]) {
      await Deno.writeTextFile(`${folder}/${path}`, "an older text of ours\n");
      note.files[path] = sha256Hex("an older text of ours\n");
    }
    await Deno.writeTextFile(`${folder}/.cortex-skill.json`, JSON.stringify(note));
    assert.match((await install()).stderr, /updated/);
    await assert.rejects(Deno.stat(`${folder}/references/dropped.md`));
    assert.match((await install()).stderr, /up to date/);
  });
});

Deno.test("a plain file in the skill's place is neither replaced nor removed, and named", async () => {
  await withHome(async (home) => {
    const file = `${home.home}/.claude/skills/${SKILL_NAME}`;
    await Deno.mkdir(`${home.home}/.claude/skills`, { recursive: true });
    await Deno.writeTextFile(file, "mine");
    for (const [verb, ...more] of [["install"], ["install", "--link", "--force"], ["uninstall", "--force"]]) {
      const { code, stderr } = await home.cortex(["skill", `${verb}`, "--agent", "claude-code", ...more]);
      assert.equal(code, 125, stderr);
      assert.match(stderr, /is no directory; move it away/);
    }
    assert.equal(await Deno.readTextFile(file), "mine");
  });
});

Deno.test("a folder of a project that is a link is not followed: the checkout may be a stranger's", async () => {
  await withHome(async (home) => {
    await Deno.mkdir(`${home.home}/elsewhere`);
    await Deno.symlink(`${home.home}/elsewhere`, `${home.work}/.claude`);
    for (const verb of ["install", "uninstall"]) {
      const args = ["skill", verb, "--agent", "claude-code", "--project", "--force"];
      const { code, stderr } = await home.cortex(args);
      assert.equal(code, 125, stderr);
      assert.match(stderr, /\.claude is a link/);
    }
    assert.deepEqual([...Deno.readDirSync(`${home.home}/elsewhere`)], []);
  });
});

Deno.test("a link in a file's place is replaced, not written through", async () => {
  await withHome(async (home) => {
    const folder = `${home.home}/.claude/skills/${SKILL_NAME}`;
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(`${home.home}/precious`, "mine");
    await Deno.symlink(`${home.home}/precious`, `${folder}/SKILL.md`);
    assert.equal((await home.cortex(["skill", "install", "--agent", "claude-code"])).code, 125);
    assert.equal((await home.cortex(["skill", "install", "--agent", "claude-code", "--force"])).code, 0);
    assert.equal(await Deno.readTextFile(`${home.home}/precious`), "mine");
    await assertInstalled(folder);
  });
});

Deno.test("--link has all agents share one copy", async () => {
  await withHome(async (home) => {
    for (const agent of ["claude-code", "codex"]) {
      const { code, stderr } = await home.cortex(["skill", "install", "--agent", agent, "--link"]);
      assert.equal(code, 0, stderr);
    }
    const shared = `${home.home}/.local/share/cortex-auth/skills/${SKILL_NAME}`;
    await assertInstalled(shared);
    for (const place of [".claude/skills", ".agents/skills"]) {
      assert.equal(await Deno.readLink(`${home.home}/${place}/${SKILL_NAME}`), shared);
    }
    await home.cortex(["skill", "uninstall", "--agent", "codex"]);
    await assertInstalled(shared);
  });
});

Deno.test("--lang installs the skill in Chinese, which stays until another language is asked for", async () => {
  await withHome(async (home) => {
    const install = (...more: string[]) => home.cortex(["skill", "install", "--agent", "codex", ...more]);
    const folder = `${home.home}/.agents/skills/${SKILL_NAME}`;
    assert.match((await install("--lang", "zh-CN")).stderr, /: installed at/);
    await assertInstalled(folder, "zh-CN");
    assert.match((await install()).stderr, /: up to date at/);
    assert.match((await install("--lang", "en")).stderr, /: updated at/);
    await assertInstalled(folder);
    assert.equal((await install("--lang", "xx")).code, 2);
    const shown = await home.cortex(["skill", "show", "--lang", "zh-CN"]);
    assert.equal(shown.stdout.trim(), SKILLS["zh-CN"]["SKILL.md"].trim());
  });
});

for (const [language, files] of Object.entries(SKILLS)) {
  Deno.test(`the skill in ${language} keeps to the standard, and its links lead to its files`, () => {
    const text = files["SKILL.md"];
    const [, front = ""] = /^---\n([^]*?)\n---\n/.exec(text) ?? [];
    const fields = Object.fromEntries(front.split("\n").map((line) => line.split(/: (.*)/s)));
    assert.equal(fields["name"], SKILL_NAME);
    assert.match(SKILL_NAME, /^[a-z0-9]+(?:-[a-z0-9]+)*$/);
    assert.ok(SKILL_NAME.length <= 64);
    assert.ok(fields["description"].length <= 1_024 && fields["compatibility"].length <= 500);
    assert.ok(text.split("\n").length <= 500);
    for (const [, target = ""] of text.matchAll(/\]\((references\/[^)]+)\)/g)) {
      assert.ok(target in files, target);
    }
  });
}

Deno.test("the program holds all of the skill's files", async () => {
  const { "SKILL.md": chinese, ...references } = SKILLS["zh-CN"];
  const held: Readonly<Record<string, string>> = {
    ...references,
    "SKILL.md": SKILLS.en["SKILL.md"],
    "SKILL.zh-CN.md": chinese,
  };
  assert.deepEqual(await listSkill(), Object.keys(held).sort());
  for (const [path, text] of Object.entries(held)) {
    assert.equal(await readSource(`skills/${SKILL_NAME}/${path}`), text);
  }
});

async function listSkill(below = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`skills/${SKILL_NAME}/${below}`)) {
    if (isDirectory) found.push(...await listSkill(`${below}${name}/`));
    else found.push(`${below}${name}`);
  }
  return found.sort();
}
