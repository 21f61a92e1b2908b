/** What `cortex sign` prints of answers that a vault does not give: nothing that a terminal or curl would obey. */

import assert from "node:assert/strict";
import { EXIT } from "../../shared/errors.ts";
import { CliHome } from "./support/cli_home.ts";
import { FakeDaemon } from "./support/fake_daemon.ts";

const AWS = [
  ...["sign", "aws", "--project", "shop", "--key", "K", "--access-key-id", "AKIA", "--service", "s3"],
  ...["--region", "auto", "--format", "curl", "GET", "https://h/a"],
];
const JWT = ["sign", "jwt", "--project", "shop", "--key", "K", "--alg", "ES256"];
const HMAC = ["sign", "hmac", "--project", "shop", "--key", "K", "body"];

Deno.test("cortex sign prints no answer that holds line ends, escapes or another kind of signature", async () => {
  await using home = await CliHome.create();
  await Deno.writeTextFile(`${home.work}/body`, "x");
  const answers: readonly (readonly [string[], object])[] = [
    [AWS, { kind: "aws", headers: [["Authorization", 'x"\noutput = "/tmp/stolen']] }],
    [AWS, { kind: "aws", headers: [['A"\noutput', "x"]] }],
    [AWS, { kind: "aws", headers: [["Authorization", "\x1b]0;title\x07"]] }],
    [AWS, { kind: "aws_presigned", query: 'a=b"\noutput = "x' }],
    [AWS, { kind: "jwt", token: "a.b.c" }],
    [JWT, { kind: "jwt", token: "a.b.c\n-----BEGIN" }],
    [JWT, { kind: "hmac", mac: "AA==" }],
    [HMAC, { kind: "hmac", mac: "no base64!" }],
    [HMAC, { kind: "jwt", token: "a.b.c" }],
    [HMAC, {}],
  ];
  for (const [args, answer] of answers) {
    await using _daemon = new FakeDaemon(
      home.socket,
      (_, connection) => connection.line({ ok: true, ...answer }),
    );
    const { code, stdout, stderr } = await home.cortex(args);
    assert.deepEqual([code, stdout], [EXIT.failure, ""], JSON.stringify(answer));
    assert.match(stderr, /one version|one release/);
  }
});

Deno.test("cortex sign sends a body's digest and never the body, and curl's file names it on one line", async () => {
  await using home = await CliHome.create();
  const name = 'bo"dy\nurl = https:x';
  await Deno.writeTextFile(`${home.work}/${name}`, "canary-of-the-body");
  await using daemon = new FakeDaemon(
    home.socket,
    (_, connection) => connection.line({ ok: true, kind: "aws", headers: [["Authorization", 'a="b"\\']] }),
  );
  const { stdout } = await home.cortex([...AWS.slice(0, -2), "--body", name, "PUT", "https://h/a?b"]);
  assert.deepEqual(stdout.trimEnd().split("\n"), [
    'url = "https://h/a?b="',
    'request = "PUT"',
    "globoff",
    "path-as-is",
    'header = "Authorization: a=\\"b\\"\\\\"',
    'header = "Content-Type:"',
    'data-binary = "@bo\\"dy\\nurl = https:x"',
  ]);
  assert.ok(!JSON.stringify(daemon.requests).includes("canary"));
});
