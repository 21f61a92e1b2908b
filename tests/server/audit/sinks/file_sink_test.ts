import assert from "node:assert/strict";
import fc from "fast-check";
import { FileSink } from "../../../../server/audit/sinks/file_sink.ts";
import { openSinkFile, type SinkFile } from "../../../../server/audit/sinks/sink_file.ts";
import { heldRow, rowLine } from "../../../../server/audit/sinks/row_line.ts";
import { StartupError } from "../../../../server/startup_error.ts";
import { row, rows } from "./support.ts";

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "cortex-test-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const open = async (path: string) => new FileSink(path, await openSinkFile(path));
const seqsIn = (text: string) => text.split("\n").flatMap((line) => heldRow(line)?.seq ?? []);

Deno.test("rowLine holds every column, and no text can make a second line of it", () => {
  const line = JSON.parse(rowLine(row(7)));
  assert.deepEqual(Object.keys(line).toSorted(), Object.keys(row(7)).toSorted());
  assert.equal(line.at, "2026-01-02T03:04:05.007Z");
  assert.deepEqual(line.details, { keys: ["openai_api_key"] });
  assert.equal(line.mac, "07".repeat(32));
  fc.assert(fc.property(fc.string(), (text) => {
    const printed = rowLine(row(1, { caller_cwd: text }));
    assert.equal(printed.split(/\r|\n/).length, 1);
    assert.equal(JSON.parse(printed).caller_cwd, text);
  }));
});

Deno.test("FileSink makes a private file, appends, and knows at the next boot where it was", () =>
  withFolder(async (folder) => {
    const path = `${folder}/audit.jsonl`;
    const first = await open(path);
    assert.equal(first.holds, undefined);
    await first.write(rows(1, 3));
    await first.write(rows(4, 4));
    first.close();
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
    const second = await open(path);
    assert.deepEqual(second.holds, { seq: 4, mac: "04".repeat(32) });
    await second.write(rows(5, 5));
    second.close();
    assert.deepEqual(seqsIn(await Deno.readTextFile(path)), [1, 2, 3, 4, 5]);
  }));

Deno.test("FileSink begins a new line after half of one that a crash left", () =>
  withFolder(async (folder) => {
    const path = `${folder}/audit.jsonl`;
    await Deno.writeTextFile(path, `${rowLine(row(1))}\n${rowLine(row(2)).slice(0, 40)}`, { mode: 0o600 });
    const sink = await open(path);
    assert.equal(sink.holds?.seq, 1);
    await sink.write(rows(2, 3));
    sink.close();
    assert.deepEqual(seqsIn(await Deno.readTextFile(path)), [1, 2, 3]);
  }));

Deno.test("FileSink notices a file that was shortened or written by another, tells it once, and goes on", () =>
  withFolder(async (folder) => {
    const path = `${folder}/audit.jsonl`;
    const sink = await open(path);
    await sink.write(rows(1, 2));
    await Deno.truncate(path, 10);
    await sink.check();
    await sink.write(rows(3, 3));
    assert.deepEqual(sink.takeFindings(), ["the file was shortened"]);
    await Deno.writeTextFile(path, "what somebody adds", { append: true });
    await sink.check();
    assert.deepEqual(sink.takeFindings(), ["somebody else wrote into the file"]);
    await sink.write(rows(4, 4));
    await sink.check();
    assert.deepEqual(sink.takeFindings(), []);
    sink.close();
    assert.deepEqual(seqsIn(await Deno.readTextFile(path)), [3, 4]);
  }));

Deno.test("FileSink notices bytes that were changed in place, tells it once, and goes on", () =>
  withFolder(async (folder) => {
    const path = `${folder}/audit.jsonl`;
    const found = await openSinkFile(path);
    let changedAt = 1;
    const file: SinkFile = { ...found.file, changedAt: () => changedAt };
    const sink = new FileSink(path, { ...found, file });
    await sink.write(rows(1, 2));
    await sink.check();
    assert.deepEqual(sink.takeFindings(), []);
    changedAt = 2;
    await sink.check();
    await sink.check();
    assert.match(sink.takeFindings().join(), /^somebody changed the file[^,]*, [^,]*, in its place$/);
    await sink.write(rows(3, 3));
    sink.close();
  }));

Deno.test("openSinkFile's file knows when it was changed, also where its times were put back", () =>
  withFolder(async (folder) => {
    const path = `${folder}/audit.jsonl`;
    const { file } = await openSinkFile(path);
    const before = file.changedAt();
    while (Date.now() <= before + 20);
    Deno.utimeSync(path, new Date(0), new Date(0));
    assert.ok(file.changedAt() > before);
    file.close();
  }));

Deno.test("FileSink notices another file in its place", () =>
  withFolder(async (folder) => {
    const sink = await open(`${folder}/audit.jsonl`);
    await sink.write(rows(1, 1));
    await Deno.rename(`${folder}/audit.jsonl`, `${folder}/audit.jsonl.1`);
    await Deno.writeTextFile(`${folder}/audit.jsonl`, "");
    await assert.rejects(sink.write(rows(2, 2)), /deleted or moved away/);
    sink.close();
  }));

Deno.test("FileSink refuses to write into a file that has no name any more", () =>
  withFolder(async (folder) => {
    const sink = await open(`${folder}/audit.jsonl`);
    await sink.write(rows(1, 1));
    await Deno.remove(`${folder}/audit.jsonl`);
    await assert.rejects(sink.check(), /deleted/);
    await assert.rejects(sink.write(rows(2, 2)), /deleted/);
    assert.equal(sink.takeFindings().length, 1);
    sink.close();
  }));

Deno.test("openSinkFile refuses what is no plain file of ours, before it waits for anything", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/directory`);
    await Deno.symlink("/dev/null", `${folder}/link`);
    await Deno.writeTextFile(`${folder}/open`, "", { mode: 0o600 });
    await Deno.chmod(`${folder}/open`, 0o666);
    await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
    for (const name of ["directory", "link", "open", "pipe", "nowhere/audit.jsonl"]) {
      await assert.rejects(open(`${folder}/${name}`), StartupError, name);
    }
  }));

/** A disk that fills up in the middle of a line. */
class FullDisk implements SinkFile {
  readonly bytes: number[] = [];
  room = 100;

  async write(bytes: Uint8Array): Promise<number> {
    if (this.room === 0) throw new Error("ENOSPC");
    const count = Math.min(this.room, bytes.byteLength);
    this.bytes.push(...bytes.subarray(0, count));
    this.room -= count;
    return count;
  }

  async size(): Promise<number> {
    return this.bytes.length;
  }

  changedAt(): number {
    return this.bytes.length;
  }

  isInPlace(): boolean {
    return true;
  }

  close(): void {}
}

Deno.test("FileSink says that the disk is full, and later starts a fresh line behind the half one", async () => {
  const disk = new FullDisk();
  const sink = new FileSink("/full", { file: disk, size: 0, torn: false, holds: undefined });
  await assert.rejects(sink.write(rows(1, 2)), /disk is full/);
  disk.room = 1e6;
  await sink.check();
  await sink.write(rows(1, 2));
  await sink.check();
  assert.deepEqual(sink.takeFindings(), []);
  assert.deepEqual(seqsIn(new TextDecoder().decode(Uint8Array.from(disk.bytes))), [1, 2]);
});
