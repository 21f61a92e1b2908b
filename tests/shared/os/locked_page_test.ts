import assert from "node:assert/strict";
import { libc } from "../../../shared/os/libc.ts";
import { lockedKeyStorage } from "../../../shared/os/locked_key_storage.ts";
import { LockedPage } from "../../../shared/os/locked_page.ts";

libc(); // Opened outside of a test: it stays open.

/** The `VmFlags` of the mapping that holds an address, as the kernel tells. */
function mappingFlags(pointer: Deno.PointerObject): string[] {
  const address = BigInt(Deno.UnsafePointer.value(pointer));
  let inside = false;
  for (const line of Deno.readTextFileSync("/proc/self/smaps").split("\n")) {
    const range = /^([0-9a-f]+)-([0-9a-f]+) /.exec(line);
    if (range) inside = address >= BigInt(`0x${range[1]}`) && address < BigInt(`0x${range[2]}`);
    if (inside && line.startsWith("VmFlags:")) return line.slice(8).trim().split(" ");
  }
  return [];
}

Deno.test("LockedPage is zeroed, writable, locked, left out of dumps and wiped on fork", () => {
  using page = LockedPage.allocate(32);
  assert.equal(page.bytes.byteLength, 32);
  assert.ok(page.bytes.every((byte) => byte === 0));
  page.bytes.fill(7);
  assert.deepEqual(page.steps.map(({ done }) => done), [true, true, true]);
  const flags = mappingFlags(page.pointer);
  for (const flag of ["lo", "dd", "wf"]) assert.ok(flags.includes(flag), `${flag} in ${flags}`);
});

Deno.test("LockedPage.wipeAndFree leaves no view that reaches the memory, and twice is once", () => {
  const page = LockedPage.allocate(10_000);
  const kept = page.bytes;
  const part = kept.subarray(8, 16);
  kept.fill(1);
  page.wipeAndFree();
  page.wipeAndFree();
  assert.equal(kept.byteLength, 0);
  assert.equal(part.byteLength, 0);
  assert.throws(() => page.pointer, /freed/);
});

Deno.test("lockedKeyStorage takes a key over, lends it, and wipes it", () => {
  const storage = lockedKeyStorage();
  assert.equal(storage.protection, "locked pages");
  const given = Uint8Array.of(1, 2, 3);
  const key = storage.store(given);
  assert.deepEqual([...given], [0, 0, 0]);
  assert.deepEqual(key.use((bytes) => [...bytes]), [1, 2, 3]);
  key.wipe();
  assert.throws(() => key.use(() => 0), /wiped/);
});
