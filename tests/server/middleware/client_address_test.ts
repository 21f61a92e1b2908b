import assert from "node:assert/strict";
import { addressKey, ClientAddress, parseNetwork } from "../../../server/middleware/client_address.ts";
import { withHarness } from "../support/harness.ts";

const from = (hostname: string) => ({ remoteAddr: { hostname } });
const forwarded = (value: string) => new Headers({ "X-Forwarded-For": value });

Deno.test("ClientAddress B11: without trusted proxies only the socket counts", () => {
  const addresses = new ClientAddress([]);
  assert.equal(addresses.of(from("192.0.2.1"), forwarded("203.0.113.9")), "192.0.2.1");
  assert.equal(addresses.of(undefined, forwarded("203.0.113.9")), null);
});

Deno.test("ClientAddress takes the right-most address that is no proxy of ours", () => {
  const addresses = new ClientAddress(["10.0.0.0/8", "192.0.2.1"]);
  assert.equal(addresses.of(from("10.1.2.3"), forwarded("203.0.113.9")), "203.0.113.9");
  assert.equal(
    addresses.of(from("192.0.2.1"), forwarded("198.51.100.1, 203.0.113.9, 10.9.9.9")),
    "203.0.113.9",
  );
  assert.equal(addresses.of(from("10.1.2.3"), new Headers({ "X-Real-IP": "203.0.113.9" })), "203.0.113.9");
});

Deno.test("ClientAddress B11: a peer that is no proxy cannot choose its address", () => {
  const addresses = new ClientAddress(["10.0.0.0/8"]);
  assert.equal(addresses.of(from("192.0.2.1"), forwarded("203.0.113.9")), "192.0.2.1");
});

Deno.test("ClientAddress falls back to the proxy where the header holds no address", () => {
  const addresses = new ClientAddress(["10.0.0.0/8"]);
  for (const value of ["unknown", "", "203.0.113.9, <script>", "10.1.1.1", "203.0.113.9:8080"]) {
    assert.equal(addresses.of(from("10.1.2.3"), forwarded(value)), "10.1.2.3", value);
  }
});

Deno.test("ClientAddress compares IPv6 networks and mapped IPv4 addresses by their bits", () => {
  const addresses = new ClientAddress(["2001:db8::/33", "127.0.0.1"]);
  assert.equal(addresses.of(from("2001:db8:7fff::1"), forwarded("203.0.113.9")), "203.0.113.9");
  assert.equal(addresses.of(from("2001:db8:8000::1"), forwarded("203.0.113.9")), "2001:db8:8000::1");
  assert.equal(addresses.of(from("::ffff:127.0.0.1"), forwarded("203.0.113.9")), "203.0.113.9");
  assert.equal(new ClientAddress([]).of(from("::ffff:192.0.2.1"), new Headers()), "192.0.2.1");
});

Deno.test("ClientAddress trusts no odd bit more than the network has", () => {
  const addresses = new ClientAddress(["192.0.2.128/25"]);
  assert.equal(addresses.of(from("192.0.2.200"), forwarded("203.0.113.9")), "203.0.113.9");
  assert.equal(addresses.of(from("192.0.2.100"), forwarded("203.0.113.9")), "192.0.2.100");
});

Deno.test("parseNetwork refuses what is neither an address nor a network", () => {
  for (
    const text of [
      "",
      "localhost",
      "10.0.0.0/33",
      "10.0.0/8",
      "10.0.0.256",
      "::/129",
      "1::2::3",
      "10.0.0.0/x",
      "a:b",
    ]
  ) {
    assert.throws(() => parseNetwork(text), /Not an address/, text);
  }
});

Deno.test("addressKey counts an IPv6 /64 as one and every IPv4 address by itself", () => {
  assert.equal(addressKey("2001:db8:1:2:3:4:5:6"), addressKey("2001:db8:1:2::1"));
  assert.notEqual(addressKey("2001:db8:1:2::1"), addressKey("2001:db8:1:3::1"));
  assert.notEqual(addressKey("192.0.2.1"), addressKey("192.0.2.2"));
});

Deno.test(
  "trusted proxies: the forwarded address is what the audit log names",
  withHarness(async (h) => {
    const headers = { "X-Forwarded-For": "198.51.100.77" };
    await h.admin.get("/admin/agents", { headers, address: "10.0.0.5" });
    await h.admin.get("/admin/agents", { headers, address: "192.0.2.5" });
    const rows = (await h.auditRows()).slice(-2).map((row) => row.source_ip);
    assert.deepEqual(rows, ["198.51.100.77", "192.0.2.5"]);
  }, { config: { trustedProxies: ["10.0.0.0/8"] } }),
);
