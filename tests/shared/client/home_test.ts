import assert from "node:assert/strict";
import { cortexHome } from "../../../shared/client/home.ts";
import { ensurePrivateDirectory } from "../../../shared/client/private_directory.ts";
import { VaultError } from "../../../shared/errors.ts";

Deno.test("cortexHome puts everything under ~/.cortex, where the predecessor put it", () => {
  const home = cortexHome((name) => name === "HOME" ? "/home/u/" : undefined);
  assert.deepEqual(home, {
    directory: "/home/u/.cortex",
    sessionFile: "/home/u/.cortex/daemon-session.json",
    logFile: "/home/u/.cortex/daemon.log",
    socket: "/home/u/.cortex/agent.sock",
  });
});

Deno.test("cortexHome takes the socket from CORTEX_DAEMON_SOCK", () => {
  const env: Record<string, string> = { HOME: "/home/u", CORTEX_DAEMON_SOCK: "/run/x.sock" };
  assert.equal(cortexHome((name) => env[name]).socket, "/run/x.sock");
});

Deno.test("without HOME there is no place for keys, and the current directory is not taken for one", () => {
  assert.throws(() => cortexHome(() => undefined), VaultError);
});

Deno.test("B26: ensurePrivateDirectory makes 0700, tightens a loose one, and refuses a link or a file", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    const path = `${folder}/.cortex`;
    ensurePrivateDirectory(path);
    Deno.chmodSync(path, 0o755);
    ensurePrivateDirectory(path);
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o700);
    Deno.symlinkSync(path, `${folder}/link`);
    Deno.writeTextFileSync(`${folder}/file`, "");
    for (const bad of ["link", "file", "none/deeper"]) {
      assert.throws(() => ensurePrivateDirectory(`${folder}/${bad}`), VaultError, bad);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
