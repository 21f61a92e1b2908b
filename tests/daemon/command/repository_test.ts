import assert from "node:assert/strict";
import { repositoryOf } from "../../../daemon/command/repository.ts";
import { libc } from "../../../shared/os/libc.ts";
import { withTempDir } from "../../support/paths.ts";

/** Opened before any test, because it stays open. */
libc();

async function git(cwd: string, ...args: string[]): Promise<string> {
  const env = {
    GIT_AUTHOR_NAME: "a",
    GIT_AUTHOR_EMAIL: "a@example.com",
    GIT_COMMITTER_NAME: "a",
    GIT_COMMITTER_EMAIL: "a@example.com",
    GIT_CONFIG_GLOBAL: "/dev/null",
  };
  const { success, stdout, stderr } = await new Deno.Command("git", { args, cwd, env }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

async function makeRepository(cwd: string): Promise<string> {
  await git(cwd, "init", "-q", "-b", "main");
  await git(cwd, "commit", "-q", "--allow-empty", "-m", "one");
  return await git(cwd, "rev-parse", "HEAD");
}

Deno.test("repositoryOf agrees with git on commit and remote, from below, packed, detached and in a worktree", async () => {
  await withTempDir(async (folder) => {
    const cwd = `${folder}/repo`;
    await Deno.mkdir(`${cwd}/a/b`, { recursive: true });
    assert.equal(repositoryOf(cwd), undefined);
    const commit = await makeRepository(cwd);
    assert.deepEqual(repositoryOf(`${cwd}/a/b`), { remote: null, commit });
    await git(cwd, "remote", "add", "other", "https://example.com/other.git");
    await git(cwd, "remote", "add", "origin", "git@example.com:shop.git");
    await git(cwd, "pack-refs", "--all");
    assert.deepEqual(repositoryOf(cwd), { remote: "git@example.com:shop.git", commit });
    await git(cwd, "checkout", "-q", "--detach");
    assert.equal(repositoryOf(cwd)?.commit, commit);
    await git(cwd, "worktree", "add", "-q", `${folder}/tree`, "-b", "side");
    assert.deepEqual(repositoryOf(`${folder}/tree`), { remote: "git@example.com:shop.git", commit });
  });
});

Deno.test("repositoryOf tells no user and no password of a remote", async () => {
  await withTempDir(async (cwd) => {
    await makeRepository(cwd);
    const urls = [
      ["https://user:token@example.com/a.git", "https://example.com/a.git"],
      ["https://ghp_token@example.com/a.git", "https://example.com/a.git"],
      ["ssh://git@example.com:2222/a.git", "ssh://example.com:2222/a.git"],
      ["/srv/git/a.git", "/srv/git/a.git"],
    ];
    await git(cwd, "remote", "add", "origin", "x");
    for (const [url = "", shown] of urls) {
      await git(cwd, "remote", "set-url", "origin", url);
      assert.equal(repositoryOf(cwd)?.remote, shown);
    }
  });
});

Deno.test("repositoryOf takes nothing from files that are none of git's", async () => {
  await withTempDir(async (cwd) => {
    await Deno.mkdir(`${cwd}/.git`);
    for (const head of ["ref: refs/../../../etc/passwd\n", "x", "", "\0", "f".repeat(39)]) {
      await Deno.writeTextFile(`${cwd}/.git/HEAD`, head);
      assert.deepEqual(repositoryOf(cwd), { remote: null, commit: null });
    }
    await Deno.remove(`${cwd}/.git/HEAD`);
    await new Deno.Command("mkfifo", { args: [`${cwd}/.git/HEAD`] }).output();
    assert.equal(repositoryOf(cwd)?.commit ?? null, null);
  });
});
