/** Signature Version 4 against AWS's own test suite and the examples in the documentation of S3. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { AwsSignRequest } from "../../../shared/api/sign.ts";
import { sha256Hex } from "../../../shared/crypto/hash.ts";
import { utf8 } from "../../../shared/encoding.ts";
import { VaultError } from "../../../shared/errors.ts";
import { awsTask, publicText } from "../../../server/signing/aws.ts";

const SUITE_TIME = Date.parse("2015-08-30T12:36:00Z");
const SUITE_KEY = utf8("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
const S3_TIME = Date.parse("2013-05-24T00:00:00Z");
const S3_KEY = utf8("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
const EMPTY = sha256Hex("");

const SUITE: AwsSignRequest = {
  kind: "aws",
  name: "KEY",
  access_key_id: "AKIDEXAMPLE",
  service: "service",
  region: "us-east-1",
  method: "GET",
  host: "example.amazonaws.com",
  path: "/",
  query: [],
  headers: [],
  payload_sha256: EMPTY,
};
const S3: AwsSignRequest = {
  ...SUITE,
  access_key_id: "AKIAIOSFODNN7EXAMPLE",
  service: "s3",
  host: "examplebucket.s3.amazonaws.com",
};

function headersOf(request: AwsSignRequest, now: number, key: Uint8Array, sessionToken?: string) {
  const signed = awsTask(request, now).make({ key, ...(sessionToken === undefined ? {} : { sessionToken }) });
  assert.ok(signed.kind === "aws");
  return Object.fromEntries(signed.headers);
}

function authorization(request: AwsSignRequest, now: number, key: Uint8Array): string {
  return headersOf(request, now, key)["Authorization"] ?? "";
}

const signature = (...args: Parameters<typeof authorization>) => authorization(...args).slice(-64);

const unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Name in `aws-sig-v4-test-suite`, what differs from get-vanilla, signature. */
const VECTORS: readonly (readonly [string, Partial<AwsSignRequest>, string])[] = [
  ["get-vanilla", {}, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
  [
    "get-vanilla-query-order-key-case",
    { query: [["Param2", "value2"], ["Param1", "value1"]] },
    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  ],
  [
    "get-vanilla-query-unreserved",
    { query: [[unreserved, unreserved]] },
    "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
  ],
  ["get-utf8", { path: "/ሴ" }, "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"],
  [
    "get-space",
    { path: "/example space/" },
    "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
  ],
  [
    "get-slashes",
    { path: "//example//" },
    "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
  ],
  [
    "get-slash-pointless-dot",
    { path: "/./example" },
    "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5",
  ],
  [
    "get-relative-relative",
    { path: "/example1/example2/../.." },
    "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
  ],
  [
    "get-slash-dot-slash",
    { path: "/./" },
    "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
  ],
  [
    "get-header-key-duplicate",
    { headers: [["My-Header1", "value2"], ["My-Header1", "value2"], ["My-Header1", "value1"]] },
    "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
  ],
  [
    "get-header-value-trim",
    { headers: [["My-Header1", "value1"], ["My-Header2", '"a   b   c"']] },
    "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
  ],
  ["post-vanilla", { method: "POST" }, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
  [
    "post-header-key-sort",
    { method: "POST", headers: [["My-Header1", "value1"]] },
    "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
  ],
  [
    "post-vanilla-query",
    { method: "POST", query: [["Param1", "value1"]] },
    "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
  ],
  [
    "post-x-www-form-urlencoded",
    {
      method: "POST",
      headers: [["Content-Type", "application/x-www-form-urlencoded"]],
      payload_sha256: sha256Hex("Param1=value1"),
    },
    "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
  ],
];

for (const [name, differs, expected] of VECTORS) {
  Deno.test(`awsTask signs ${name} of AWS's test suite`, () => {
    assert.equal(signature({ ...SUITE, ...differs }, SUITE_TIME, SUITE_KEY), expected);
  });
}

Deno.test("awsTask writes the whole header as the test suite has it", () => {
  assert.equal(
    authorization(SUITE, SUITE_TIME, SUITE_KEY),
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, " +
      "SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
  );
});

Deno.test("awsTask signs the examples in the documentation of S3", () => {
  const examples: readonly (readonly [Partial<AwsSignRequest>, string])[] = [
    [
      { path: "/test.txt", headers: [["Range", "bytes=0-9"]] },
      "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    ],
    [
      {
        method: "PUT",
        path: "/test$file.text",
        headers: [["Date", "Fri, 24 May 2013 00:00:00 GMT"], ["x-amz-storage-class", "REDUCED_REDUNDANCY"]],
        payload_sha256: sha256Hex("Welcome to Amazon S3."),
      },
      "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    ],
    [{ query: [["lifecycle", ""]] }, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"],
    [
      { query: [["prefix", "J"], ["max-keys", "2"]] },
      "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ],
  ];
  for (const [differs, expected] of examples) {
    assert.equal(signature({ ...S3, ...differs }, S3_TIME, S3_KEY), expected);
  }
});

Deno.test("awsTask presigns the example in the documentation of S3", () => {
  const task = awsTask({ ...S3, path: "/test.txt", presign_seconds: 86_400 }, S3_TIME);
  assert.deepEqual(task.make({ key: S3_KEY }), {
    kind: "aws_presigned",
    query:
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3" +
      "%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host" +
      "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
  });
});

Deno.test("awsTask signs a session token with the rest, and the facts know of it before it is open", () => {
  const request = { ...SUITE, session_token_name: "AWS_SESSION_TOKEN" };
  const headers = headersOf(request, SUITE_TIME, SUITE_KEY, "the-token");
  assert.equal(headers["X-Amz-Security-Token"], "the-token");
  assert.match(headers["Authorization"] ?? "", /SignedHeaders=host;x-amz-date;x-amz-security-token,/);
  const { signed_headers } = awsTask(request, SUITE_TIME).facts;
  assert.deepEqual(signed_headers, ["host", "x-amz-date", "x-amz-security-token"]);
});

Deno.test("awsTask tells what is signed, with names and without values", () => {
  const request: AwsSignRequest = {
    ...S3,
    query: [["versionId", "canary-query"]],
    headers: [["X-Amz-Meta-Note", "canary-header"], ["X-Amz-Target", "DynamoDB_20120810.GetItem"]],
  };
  const { facts } = awsTask(request, S3_TIME);
  assert.deepEqual(facts, {
    algorithm: "AWS4-HMAC-SHA256",
    service: "s3",
    region: "us-east-1",
    method: "GET",
    host: "examplebucket.s3.amazonaws.com",
    path: "/",
    query_names: ["versionId"],
    signed_headers: ["host", "x-amz-content-sha256", "x-amz-date", "x-amz-meta-note", "x-amz-target"],
    payload_sha256: EMPTY,
    operation: "DynamoDB_20120810.GetItem",
    access_key_id: "AKIAIOSFODNN7EXAMPLE",
  });
  assert.ok(!JSON.stringify(facts).includes("canary"));
});

Deno.test("awsTask signs no header that is the signer's, no address that is signed, and nobody's or two people's key", () => {
  const wrong: readonly Partial<AwsSignRequest>[] = [
    ...["Authorization", "HOST", "x-amz-date", "X-Amz-Content-Sha256", "x-amz-security-token"].map((
      name,
    ) => ({
      headers: [[name, "x"] as [string, string]],
    })),
    { query: [["X-Amz-Signature", "00"]] },
    { query: [["x-amz-expires", "99999999"]] },
    { access_key_id: undefined },
    { access_key_id_name: "AWS_ACCESS_KEY_ID" },
  ];
  for (const differs of wrong) {
    assert.throws(() => awsTask({ ...SUITE, ...differs }, SUITE_TIME), { code: "request.invalid" });
  }
});

Deno.test("awsTask takes no key that is none, and never quotes it", () => {
  for (
    const text of [
      "short",
      "canary canary canary canary",
      "-----BEGIN-canary-canary-canary",
      `c${"x".repeat(300)}`,
    ]
  ) {
    assert.throws(() => awsTask(SUITE, SUITE_TIME).make({ key: utf8(text) }), (error) => {
      assert.ok(error instanceof VaultError && error.code === "sign.key_unfit");
      return !error.message.includes(text) && !error.message.includes("canary");
    });
  }
  assert.throws(() => awsTask(SUITE, SUITE_TIME).make({ key: Uint8Array.of(0xff, 0xfe) }), {
    code: "sign.key_unfit",
  });
});

Deno.test("publicText prints nothing that does not look like what it should be", () => {
  assert.equal(publicText("access_key_id", utf8("AKIAIOSFODNN7EXAMPLE")), "AKIAIOSFODNN7EXAMPLE");
  for (const text of ["wJalrXUtnFEMI/K7MDENG", "short", "with space with space"]) {
    assert.throws(() => publicText("access_key_id", utf8(text)), { code: "sign.key_unfit" });
  }
  assert.throws(() => publicText("session_token", utf8("hunter2")), { code: "sign.key_unfit" });
});

const pair = fc.tuple(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }));

Deno.test("awsTask's signature changes with every part of what is signed", () => {
  const before = signature(SUITE, SUITE_TIME, SUITE_KEY);
  const request = fc.record({
    path: fc.webPath().map((path) => `/x${path.replace(/[?#].*$/, "")}`),
    query: fc.array(pair, { minLength: 1 }),
    region: fc.constantFrom("eu-central-1", "auto"),
    method: fc.constantFrom("PUT", "DELETE"),
    payload_sha256: fc.uint8Array().map(sha256Hex),
  }, { requiredKeys: [], noNullPrototype: true }).filter((differs) =>
    Object.keys(differs).length > 0 && differs.payload_sha256 !== EMPTY &&
    !(differs.query ?? []).some(([name]) => /^x-amz-/i.test(name))
  );
  fc.assert(fc.property(request, (differs) => {
    const changed = AwsSignRequest.parse({ ...SUITE, ...differs });
    assert.notEqual(signature(changed, SUITE_TIME, SUITE_KEY), before);
  }));
  assert.notEqual(signature(SUITE, SUITE_TIME + 1000, SUITE_KEY), before);
});

Deno.test("AwsSignRequest takes no line break, no other alphabet and no presigned address of more than seven days", () => {
  const wrong: readonly Record<string, unknown>[] = [
    { host: "a\nb" },
    { host: "EXAMPLE.com" },
    { path: "no/slash" },
    { path: "/a?b=c" },
    { path: "/a b" },
    { path: "/ä" },
    { service: "s3/aws4_request" },
    { region: "" },
    { method: "get" },
    { payload_sha256: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" },
    { headers: [["a b", "c"]] },
    { headers: [["a", "b\nx-amz-acl: public-read"]] },
    { presign_seconds: 604_801 },
    { query: [["a", "b".repeat(16_384)]] },
    { headers: Array(65).fill(["a", "b"]) },
    { presign_seconds: 0 },
    { access_key_id: "AKIA/20150830" },
  ];
  for (const differs of wrong) {
    assert.equal(AwsSignRequest.safeParse({ ...SUITE, ...differs }).success, false);
  }
  assert.equal(AwsSignRequest.safeParse({ ...SUITE, presign_seconds: 604_800 }).success, true);
});
