import assert from "node:assert/strict";
import fc from "fast-check";
import { createHmac } from "node:crypto";
import { HmacMany } from "../../../shared/crypto/hmac_many.ts";

const message = () => fc.uint8Array({ minLength: 32, maxLength: 32 });

Deno.test("HmacMany fits what node:crypto gives, for each of many messages, and nothing else", () => {
  fc.assert(fc.property(
    fc.uint8Array({ maxLength: 64 }),
    fc.array(message(), { minLength: 1 }),
    fc.nat(255),
    (key, messages, bit) => {
      using macs = new HmacMany(key);
      for (const each of messages) {
        const mac = new Uint8Array(createHmac("sha256", key).update(each).digest());
        assert.ok(macs.fits(each.toHex(), mac.toHex()));
        const byte = bit >> 3;
        mac[byte] = (mac[byte] ?? 0) ^ (1 << (bit & 7));
        assert.ok(!macs.fits(each.toHex(), mac.toHex()));
        assert.ok(!macs.fits(each.toHex(), mac.subarray(1).toHex()));
      }
    },
  ));
});

Deno.test("HmacMany takes no key longer than a block", () => {
  assert.throws(() => new HmacMany(new Uint8Array(65)));
});
