import assert from "node:assert/strict";
import fc from "fast-check";
import { brokenLimit } from "../../../server/access/sign_limits.ts";
import type { AwsSignRequest, SignRequest } from "../../../shared/api/sign.ts";
import { SignLimits } from "../../../shared/api/sign_limits.ts";

const AWS: AwsSignRequest = {
  kind: "aws",
  name: "K",
  access_key_id: "AKIA",
  service: "s3",
  region: "eu-central-1",
  method: "GET",
  host: "bucket.s3.amazonaws.com",
  path: "/",
  query: [],
  headers: [],
  payload_sha256: "UNSIGNED-PAYLOAD",
};
const REQUESTS: readonly SignRequest[] = [
  AWS,
  { kind: "jwt", name: "K", algorithm: "ES256", claims: { aud: "a" }, ttl_seconds: 1 },
  { kind: "hmac", name: "K", hash: "sha256", message: "" },
  { kind: "webhook", name: "K", form: "github", message: "" },
];

Deno.test("brokenLimit lets everything pass where there are no limits, but messages by a secret access key", () => {
  for (const request of REQUESTS) {
    assert.equal(brokenLimit({}, "K", request), undefined);
    const broken = brokenLimit({}, "B_AWS_SECRET_ACCESS_KEY", request);
    assert.equal(broken?.limit, request.kind === "aws" ? undefined : "kinds");
  }
});

Deno.test("brokenLimit names kinds wherever the kind is not listed, whatever else the limits say", () => {
  fc.assert(fc.property(
    fc.subarray(["aws", "jwt", "hmac", "webhook"] as const, { minLength: 1 }),
    fc.constantFrom(...REQUESTS),
    fc.boolean(),
    (kinds, request, more) => {
      const limits = { kinds, ...(more ? { services: ["s3"], audiences: ["a"] } : {}) };
      assert.equal(
        brokenLimit(limits, "K", request)?.limit,
        kinds.includes(request.kind) ? undefined : "kinds",
      );
    },
  ));
});

Deno.test("brokenLimit takes a host that begins with *. for every host below it and for no other", () => {
  const limits = { hosts: ["*.amazonaws.com", "minio:9000"] };
  const isKept = (host: string) => brokenLimit(limits, "K", { ...AWS, host }) === undefined;
  for (const host of ["s3.amazonaws.com", "a.b.amazonaws.com", "minio:9000"]) assert.ok(isKept(host), host);
  for (
    const host of [
      "amazonaws.com",
      "evilamazonaws.com",
      "s3.amazonaws.com.evil",
      "s3.amazonaws.com:8443",
      "minio",
    ]
  ) {
    assert.ok(!isKept(host), host);
  }
});

Deno.test("SignLimits takes no limit that it does not know and none that is empty", () => {
  for (
    const wrong of [
      { kind: ["aws"] },
      { kinds: [] },
      { kinds: ["ssh"] },
      { jwt_seconds: 86_401 },
      { jwt_seconds: 0 },
      {
        presign_seconds: 604_801,
      },
      { methods: ["get"] },
      { audiences: ["a\nb"] },
      null,
      [],
    ]
  ) {
    assert.equal(SignLimits.safeParse(wrong).success, false, JSON.stringify(wrong));
  }
  assert.deepEqual(SignLimits.parse({}), {});
});
