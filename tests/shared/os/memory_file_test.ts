import assert from "node:assert/strict";
import { utf8 } from "../../../shared/encoding.ts";
import { closeFd, type Fd, readOnce } from "../../../shared/os/descriptor.ts";
import { libc } from "../../../shared/os/libc.ts";
import { openFilledPipe, openMemoryFile } from "../../../shared/os/memory_file.ts";
import { OsError } from "../../../shared/os/os_error.ts";

libc(); // Opened outside of a test: it stays open.

function readAll(fd: Fd): string {
  const buffer = new Uint8Array(new ArrayBuffer(1024));
  let text = "";
  for (let count; (count = readOnce(fd, buffer));) {
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return text;
}

const openFds = () => [...Deno.readDirSync("/proc/self/fd")].length;

Deno.test("openMemoryFile and openFilledPipe give the bytes back, and none at all where there are none", () => {
  for (const open of [openMemoryFile, openFilledPipe]) {
    for (const text of ["", "x", "a value\0with NUL\n", "long ".repeat(10_000)]) {
      const fd = open(utf8(text));
      assert.equal(readAll(fd), text);
      closeFd(fd);
    }
  }
});

Deno.test("openMemoryFile can be written by nobody, through its number or its place", () => {
  const fd = openMemoryFile(utf8("sealed"));
  try {
    assert.throws(() => libc().posix.write(fd, utf8("x"), 1n) === -1n && fail("write"), OsError);
    for (const how of [{ write: true }, { append: true }, { write: true, truncate: true }]) {
      assert.throws(() => {
        using file = Deno.openSync(`/proc/self/fd/${fd}`, how);
        file.writeSync(utf8("x"));
      });
    }
    assert.equal(readAll(fd), "sealed");
  } finally {
    closeFd(fd);
  }
});

Deno.test("openFilledPipe refuses what it cannot hold, and leaves no descriptor of it", () => {
  const before = openFds();
  const bytes = new Uint8Array(new ArrayBuffer(1024 * 1024 + 1));
  // Root may have larger ones; nobody may have one of a gibibyte.
  assert.throws(() => openFilledPipe(new Uint8Array(new ArrayBuffer(2 ** 30))), {
    code: "child.spawn_failed",
  });
  if (libc().posix.geteuid() !== 0) {
    assert.throws(() => openFilledPipe(bytes), { code: "child.spawn_failed" });
  }
  assert.equal(openFds(), before);
});

function fail(call: string): never {
  throw new OsError(call, libc().errnoCell[0] ?? 0);
}
