import assert from "node:assert/strict";
import { fromBase64, utf8 } from "../../../shared/encoding.ts";
import { VaultError } from "../../../shared/errors.ts";
import { parseSshPrivateKey } from "../../../shared/ssh/private_key.ts";
import { sshFingerprint, verifySsh } from "../../../shared/ssh/public_key.ts";
import { joinBytes } from "../../../shared/bytes.ts";
import { sshMpint, SshReader, sshString } from "../../../shared/ssh/wire.ts";
import { withTempDir } from "../../support/paths.ts";

interface Made {
  readonly privateKey: string;
  readonly publicKey: Uint8Array;
  readonly comment: string;
  readonly fingerprint: string;
}

async function keygen(args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("ssh-keygen", { args: [...args] }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

async function makeKey(options: readonly string[], passphrase = ""): Promise<Made> {
  return await withTempDir(async (folder) => {
    const path = `${folder}/key`;
    await keygen(["-q", "-N", passphrase, "-C", "who@where", "-f", path, ...options]);
    const [, base64 = "", comment = ""] = (await Deno.readTextFile(`${path}.pub`)).trim().split(" ");
    const [, fingerprint = ""] = (await keygen(["-l", "-f", `${path}.pub`])).split(" ");
    const publicKey = fromBase64(base64) ?? new Uint8Array();
    return { privateKey: await Deno.readTextFile(path), publicKey, comment, fingerprint };
  });
}

function refused(words: RegExp) {
  return (error: unknown) =>
    error instanceof VaultError && error.code === "request.invalid" && words.test(error.message);
}

const KINDS: readonly (readonly [name: string, options: readonly string[], comment: string])[] = [
  ["ed25519", ["-t", "ed25519"], "who@where"],
  ["ecdsa on P-256", ["-t", "ecdsa", "-b", "256"], "who@where"],
  ["ecdsa on P-384", ["-t", "ecdsa", "-b", "384"], "who@where"],
  ["ecdsa on P-521", ["-t", "ecdsa", "-b", "521"], "who@where"],
  ["rsa", ["-t", "rsa", "-b", "2048"], "who@where"],
  ["rsa in PKCS#1", ["-t", "rsa", "-b", "3072", "-m", "PEM"], ""],
  ["rsa in PKCS#8", ["-t", "rsa", "-b", "2048", "-m", "PKCS8"], ""],
  ["ecdsa in PKCS#8", ["-t", "ecdsa", "-b", "256", "-m", "PKCS8"], ""],
];

Deno.test("parseSshPrivateKey reads what ssh-keygen writes, and signs what its public key verifies", async (test) => {
  for (const [name, options, comment] of KINDS) {
    await test.step(name, async () => {
      const made = await makeKey(options);
      const key = parseSshPrivateKey(made.privateKey);
      assert.deepEqual(key.publicKey, made.publicKey);
      assert.equal(key.comment, comment);
      assert.equal(sshFingerprint(key.publicKey), made.fingerprint);
      const data = utf8("what a server wants to see signed");
      for (const algorithm of key.algorithms) {
        const signature = key.sign(data, algorithm);
        assert.ok(verifySsh(made.publicKey, data, signature));
        assert.ok(!verifySsh(made.publicKey, utf8("something else"), signature));
        assert.ok(!verifySsh(made.publicKey, data, signature.slice(0, -1)));
      }
      assert.throws(() => key.sign(data, "ssh-rsa"), refused(/not as asked/));
    });
  }
});

Deno.test("parseSshPrivateKey says why a key is refused, and quotes nothing of it", async () => {
  const locked = await makeKey(["-t", "ed25519"], "a passphrase");
  assert.throws(() => parseSshPrivateKey(locked.privateKey), refused(/ssh-keygen -p/));
  const lockedPem = await makeKey(["-t", "rsa", "-b", "2048", "-m", "PKCS8"], "a passphrase");
  assert.throws(() => parseSshPrivateKey(lockedPem.privateKey), refused(/ssh-keygen -p/));
  const short = await makeKey(["-t", "rsa", "-b", "1024"]);
  assert.throws(() => parseSshPrivateKey(short.privateKey), refused(/2048/));
  const { privateKey } = await makeKey(["-t", "ed25519"]);
  const lines = privateKey.split("\n");
  for (
    const damaged of [
      "",
      "no key",
      privateKey.slice(0, 100),
      lines.toSpliced(2, 1).join("\n"),
      privateKey.repeat(2),
    ]
  ) {
    assert.throws(() => parseSshPrivateKey(damaged), refused(/^The (value is no|private key)/));
  }
});

Deno.test("an mpint has a zero before a high bit and none else, and SshReader reads it back", () => {
  for (
    const [number, encoded] of [["00", "00000000"], ["7f", "000000017f"], ["80", "000000020080"], [
      "0001",
      "0000000101",
    ]]
  ) {
    const bytes = sshMpint(Uint8Array.fromHex(number ?? ""));
    assert.equal(bytes.toHex(), encoded);
    assert.equal(new SshReader(bytes).mpint().toHex(), (number ?? "").replace(/^(00)+/, ""));
  }
  const reader = new SshReader(joinBytes(sshString("name"), Uint8Array.of(1)));
  assert.equal(reader.text(), "name");
  assert.throws(() => reader.end(), /more than/);
  assert.throws(() => reader.string(), /less than/);
});
