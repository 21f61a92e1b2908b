import assert from "node:assert/strict";
import { DeliveredFiles, FIRST_FILE_FD, MAX_FILES } from "../../../daemon/run/delivered_files.ts";
import { generateSeed, keyFingerprint, publicKeyOf, signingKey } from "../../../shared/crypto/ed25519.ts";
import { libc } from "../../../shared/os/libc.ts";
import { toBase64 } from "../../../shared/encoding.ts";
import { SecretValue } from "../../../shared/secret_value.ts";
import { AGENT, Stage, text } from "../support/stage.ts";

libc(); // Opened outside of a test: it stays open.

const VALUE = "canary-file-4c1d7e-99ab";
const FILE = { delivery: "file" };
const ONCE = { delivery: "file", read_once: true };

/** A host whose server gives values as files. */
function fileStage(
  values: Record<string, string>,
  deliveries: Record<string, Readonly<Record<string, unknown>>>,
): Stage {
  const key = signingKey(generateSeed());
  const stage = new Stage({ loggedIn: false });
  stage.server.provenBy = key;
  const server_fingerprint = keyFingerprint(publicKeyOf(key));
  stage.logIn(AGENT, stage.server.url, "1", { server_fingerprint });
  Object.assign(stage.server, { values, deliveries });
  return stage;
}

const openFds = () => [...Deno.readDirSync("/proc/self/fd")].length;

Deno.test("a value that goes as a file is at the path of its variable, and nowhere in the environment", async () => {
  await using stage = fileStage({ DB_KEY: VALUE, PLAIN: "of-the-environment" }, { DB_KEY: FILE });
  const script = `
    test "$(cat "$DB_KEY_FILE")" = ${VALUE} && test "$(cat "$DB_KEY_FILE")" = ${VALUE} && echo read twice
    test "\${DB_KEY-unset}" = unset && echo no variable
    tr '\\0' '\\n' </proc/self/environ | grep -c ${VALUE}
    test "$PLAIN" = of-the-environment && echo plain as ever
    echo "$DB_KEY_FILE"`;
  const { started, stdout, stderr } = await stage.exec("sh", ["-c", script], {
    env: [["PATH", "/usr/bin:/bin"], ["DB_KEY", "the caller's own"], ["DB_KEY_FILE", "/etc/hostname"]],
  });
  const lines = ["read twice", "no variable", "0", "plain as ever", `/dev/fd/${FIRST_FILE_FD}`, ""];
  assert.deepEqual(text(stdout).split("\n"), lines, text(stderr));
  assert.deepEqual([started?.delivered, started?.files], [["DB_KEY", "PLAIN"], ["DB_KEY"]]);
});

Deno.test("a value in a file is redacted in the output", async () => {
  await using stage = fileStage({ DB_KEY: VALUE }, { DB_KEY: FILE });
  const { stdout } = await stage.exec("sh", ["-c", "cat $DB_KEY_FILE; echo; rev $DB_KEY_FILE"]);
  assert.equal(text(stdout), "[redacted:DB_KEY]\n[redacted:DB_KEY]");
});

Deno.test("a file in memory is sealed: nobody writes, grows or cuts it, and its descriptor only reads", async () => {
  await using stage = fileStage({ DB_KEY: VALUE }, { DB_KEY: FILE });
  const script = `
import fcntl, os
path = os.environ["DB_KEY_FILE"]
fd = int(path.rsplit("/", 1)[1])
print(fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE, fcntl.fcntl(fd, 1034) & 15, oct(os.fstat(fd).st_mode & 0o777))
for attempt in (lambda: os.write(fd, b"x"), lambda: os.ftruncate(fd, 0), lambda: os.write(os.open(path, os.O_RDWR), b"x")):
    try: attempt(); print("changed")
    except OSError: print("refused")
print(os.readlink(path).split(":")[0])`;
  const { stdout, stderr } = await stage.exec("python3", ["-c", script]);
  assert.equal(text(stdout), "0 15 0o400\nrefused\nrefused\nrefused\n/memfd\n", text(stderr));
});

Deno.test("a value that may be read once is gone after that", async () => {
  await using stage = fileStage({ DB_KEY: VALUE }, { DB_KEY: ONCE });
  const script = `test "$(cat "$DB_KEY_FILE")" = ${VALUE} && echo first; wc -c <"$DB_KEY_FILE"`;
  const { stdout } = await stage.exec("sh", ["-c", script]);
  assert.equal(text(stdout).replaceAll(" ", ""), "first\n0\n");
});

Deno.test("a value larger than a pipe is refused where it may be read once, and given where not", async () => {
  const large = "0123456789abcdef".repeat(65_536 + 1);
  await using stage = fileStage({ BIG: large, MIDDLE: large.slice(0, 500_000) }, { BIG: ONCE, MIDDLE: ONCE });
  const refused = await stage.exec("true", [], { names: ["BIG"] });
  assert.equal(refused.error?.error_code, "child_spawn_failed");
  assert.match(refused.error?.error ?? "", /larger than a pipe/);
  const middle = await stage.exec("sh", ["-c", "wc -c <$MIDDLE_FILE"], { names: ["MIDDLE"] });
  assert.equal(text(middle.stdout).trim(), "500000");
  stage.server.deliveries = { BIG: FILE };
  const given = await stage.exec("sh", ["-c", "wc -c <$BIG_FILE"], { names: ["BIG"] });
  assert.equal(text(given.stdout).trim(), String(large.length));
});

Deno.test("a file has the bytes that were stored, of binary values and with NUL", async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
  await using stage = fileStage(
    { RAW: toBase64(bytes), NUL: "a\0b" },
    { RAW: { delivery: "file", encoding: "base64" }, NUL: FILE },
  );
  const { stdout } = await stage.exec("sh", ["-c", "cksum <$RAW_FILE; wc -c <$NUL_FILE"]);
  const expected = await stage.exec("cksum", [], { input: bytes, names: ["RAW"] });
  assert.equal(text(stdout).replaceAll(" 3\n", "3\n").trim(), `${text(expected.stdout)}3`.trim());
});

Deno.test("many files: each its own, none of ours left open in the program or here", async () => {
  const names = Array.from({ length: MAX_FILES }, (_, at) => `KEY_${at}`);
  await using stage = fileStage(
    Object.fromEntries(names.map((name) => [name, `value-of-${name}-0815`])),
    Object.fromEntries(names.map((name, at) => [name, at % 2 === 0 ? FILE : ONCE])),
  );
  await stage.exec("true");
  const before = openFds();
  const script = `ls /proc/self/fd | wc -l; ${
    names.map((name) => `test "$(cat $${name}_FILE)" = value-of-${name}-0815 || echo ${name}`).join("\n")
  }`;
  const { stdout, stderr } = await stage.exec("sh", ["-c", script]);
  // Three streams, the files, and the directory that ls itself reads.
  assert.equal(text(stdout).trim(), String(3 + MAX_FILES + 1), text(stderr));
  assert.equal(openFds(), before);
});

Deno.test("DeliveredFiles refuses more files than there is room for, and keeps none of them open", () => {
  const before = openFds();
  const files = Array.from(
    { length: MAX_FILES + 1 },
    (_, at) => [`K${at}`, { value: SecretValue.fromText("v"), readOnce: false }] as const,
  );
  assert.throws(() => DeliveredFiles.open(new Map(files)), { code: "child.spawn_failed" });
  assert.equal(openFds(), before);
});

Deno.test("a value that has the name of a file's variable is refused: one would hide the other", async () => {
  await using stage = fileStage({ KEY: VALUE, KEY_FILE: "another-value-77" }, { KEY: FILE });
  const { error } = await stage.exec("true");
  assert.equal(error?.error_code, "child_spawn_failed");
  assert.match(error?.error ?? "", /KEY_FILE is both/);
});

Deno.test("the predecessor's run gives files as well", async () => {
  await using stage = fileStage({ DB_KEY: VALUE }, { DB_KEY: FILE });
  const args = ["-c", `test "$(cat $DB_KEY_FILE)" = ${VALUE} && test -z "$DB_KEY"`];
  const answer = await stage.ask({ cmd: "run", project: "my app", program: "sh", args });
  assert.deepEqual([answer["ok"], answer["exit_code"]], [true, 0]);
  assert.match(String(answer["note"]), /at the paths in DB_KEY_FILE$/);
});
