import assert from "node:assert/strict";
import fc from "fast-check";
import { libc } from "../../../shared/os/libc.ts";
import { lockedKeyStorage } from "../../../shared/os/locked_key_storage.ts";
import { LockedPage } from "../../../shared/os/locked_page.ts";
import { nativeArena } from "../../../shared/os/native_arena.ts";

libc(); // Opened outside of a test: it stays open.

/** The `VmFlags` of the mapping that holds an address, as the kernel tells. */
function mappingFlags(address: bigint): string[] {
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
  const flags = mappingFlags(page.address);
  for (const flag of ["lo", "dd", "wf"]) assert.ok(flags.includes(flag), `${flag} in ${flags}`);
});

Deno.test("LockedPage.wipeAndFree leaves zeros, refuses its bytes, and twice is once", () => {
  const taken = nativeArena().pagesTaken;
  const page = LockedPage.allocate(10_000);
  assert.equal(nativeArena().pagesTaken, taken + 3);
  const kept = page.bytes;
  kept.fill(1);
  page.wipeAndFree();
  page.wipeAndFree();
  assert.ok(kept.every((byte) => byte === 0));
  assert.throws(() => page.bytes, /freed/);
  assert.equal(nativeArena().pagesTaken, taken);
});

Deno.test("NativeArena gives pages that do not overlap, zeroed, until there are none, and takes them back", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 60_000 }), { maxLength: 30 }), (sizes) => {
    const arena = nativeArena();
    const ranges = sizes.map((size) => arena.take(size));
    ranges.forEach(({ bytes }, index) => {
      assert.ok(bytes.every((byte) => byte === 0));
      bytes.fill(index + 1);
    });
    ranges.forEach(({ bytes }, index) => assert.ok(bytes.every((byte) => byte === index + 1)));
    ranges.filter((_, index) => index % 2 === 0).forEach((range) => arena.giveBack(range));
    ranges.filter((_, index) => index % 2 === 1).forEach((range) => arena.giveBack(range));
  }));
  assert.throws(() => nativeArena().take(17 * 1024 * 1024), /ENOMEM/);
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
