import assert from "node:assert/strict";
import { sha256Hex } from "../../../shared/crypto/hash.ts";
import { VaultError } from "../../../shared/errors.ts";
import { libc } from "../../../shared/os/libc.ts";
import { parseStartTime, startTimeOf } from "../../../shared/os/proc.ts";
import { createPrivateFile, readPrivateFile, replacePrivateFile } from "../../../shared/os/private_file.ts";
import { ProgramHashes } from "../../../shared/os/program_hash.ts";
import { bootId, hostname, osLabel } from "../../../shared/os/host.ts";

libc(); // Opened outside of a test: it stays open.

const bytes = (text: string) => new TextEncoder().encode(text);

function unsafe(error: unknown): boolean {
  return error instanceof VaultError && error.code === "client.file_unsafe";
}

function inFolder(work: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    work(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("B26: private files are 0600 from the start, made once, replaced in one step, and read back", () =>
  inFolder((folder) => {
    const path = `${folder}/file`;
    assert.equal(readPrivateFile(path), undefined);
    createPrivateFile(path, bytes("one"));
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
    assert.throws(() => createPrivateFile(path, bytes("two")), unsafe);
    assert.deepEqual(readPrivateFile(path), bytes("one"));
    const before = Deno.statSync(path).ino;
    replacePrivateFile(path, bytes("a longer text".repeat(9000)));
    assert.equal(readPrivateFile(path)?.byteLength, 117_000);
    assert.notEqual(Deno.statSync(path).ino, before);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["file"]);
  }));

Deno.test("B26: a file that others may read, a link, a directory, a FIFO and a huge file are refused", () =>
  inFolder((folder) => {
    const path = `${folder}/file`;
    createPrivateFile(path, bytes("x"));
    for (const mode of [0o640, 0o604, 0o622]) {
      Deno.chmodSync(path, mode);
      assert.throws(() => readPrivateFile(path), unsafe, mode.toString(8));
    }
    Deno.chmodSync(path, 0o600);
    Deno.symlinkSync(path, `${folder}/link`);
    Deno.symlinkSync(`${folder}/none`, `${folder}/dangling`);
    assert.throws(() => readPrivateFile(`${folder}/link`), unsafe);
    assert.throws(() => createPrivateFile(`${folder}/dangling`, bytes("x")), unsafe);
    assert.throws(() => readPrivateFile(folder), unsafe);
    new Deno.Command("mkfifo", { args: ["-m", "600", `${folder}/fifo`] }).outputSync();
    assert.throws(() => readPrivateFile(`${folder}/fifo`), unsafe);
    replacePrivateFile(path, new Uint8Array(2 * 1024 * 1024));
    assert.throws(() => readPrivateFile(path), unsafe);
  }));

Deno.test("ProgramHashes hashes our executable, and remembers it by file, not by process", async () => {
  const hashes = new ProgramHashes();
  const expected = sha256Hex(Deno.readFileSync(Deno.execPath()));
  assert.equal(await hashes.ofProcess("self"), expected);
  assert.equal(await hashes.ofProcess(Deno.pid), expected);
  assert.equal(await hashes.ofProcess(2 ** 30), undefined);
});

Deno.test("parseStartTime counts fields after the name, which may hold anything", () => {
  const rest = Array.from({ length: 30 }, (_, index) => String(index + 4)).join(" ");
  for (const name of ["cat", "a b", ") S 1 (", "((x))"]) {
    assert.equal(parseStartTime(`12 (${name}) S ${rest}`), "22");
  }
  for (const broken of ["", "12", "12 (cat) S 1 2"]) assert.equal(parseStartTime(broken), undefined);
});

Deno.test("startTimeOf is the same for a process at every look, and none for one that is not there", () => {
  assert.equal(startTimeOf(Deno.pid), startTimeOf(Deno.pid));
  assert.equal(startTimeOf(2 ** 30), undefined);
});

Deno.test("hostname, osLabel and bootId are those of this machine", () => {
  assert.equal(hostname(), Deno.hostname());
  assert.match(osLabel(), /^(linux|macos)\/(x86_64|aarch64)$/);
  assert.equal(bootId(), Deno.readTextFileSync("/proc/sys/kernel/random/boot_id").trim());
});
