import assert from "node:assert/strict";
import { isPrivateAddress } from "../../../server/notify/addresses.ts";
import { EVENT_SEVERITY } from "../../../server/events/event.ts";
import { escapeFor } from "../../../server/notify/escape.ts";
import { messageText, plain } from "../../../server/notify/message.ts";
import { eventText, pageLink } from "../../../server/notify/texts.ts";

const HOSTILE = "@everyone <!channel> <@1> [x](https://evil.example/) *b* \u202e\r\nBcc: a@b";

Deno.test("plain leaves no mention, link or line of a stranger's text", () => {
  assert.doesNotMatch(plain(HOSTILE), /@[^\u200b]|[\r\n\u202e]|:\/\/|evil\.example/);
  assert.equal(plain("x".repeat(199) + "\u{1f511}"), "x".repeat(199) + "\ufffd");
});

Deno.test("escapeFor keeps names as they are and leaves no mark-up of each platform", () => {
  assert.equal(escapeFor("slack", "a_b & <!channel>"), "a_b &amp; &lt;!channel&gt;");
  assert.equal(escapeFor("discord", "a_b [x](y) <@1> #c"), "a\\_b \\[x\\]\\(y\\) \\<@1\\> \\#c");
  assert.ok(escapeFor("discord", "_".repeat(9_000)).length < 1_900);
  assert.ok(escapeFor("telegram", "_".repeat(9_000)).length < 4_000);
});

Deno.test("isPrivateAddress takes for public nothing of the operator's network", () => {
  const inside = [
    "127.0.0.1",
    "10.1.2.3",
    "169.254.169.254",
    "192.168.0.1",
    "172.31.255.255",
    "::1",
    "::ffff:127.0.0.1",
    "fe80::1",
    "fd00::1",
    "0.0.0.0",
    "2002:7f00:1::",
  ];
  assert.deepEqual(inside.filter((address) => !isPrivateAddress(address)), []);
  assert.deepEqual(["8.8.8.8", "172.32.0.1", "2606:4700::1111"].filter(isPrivateAddress), []);
});

const EVENT = {
  id: "1",
  kind: "agent_frozen",
  namespace: "team",
  agent_id: "<@everyone>\nBcc: x@evil.example",
  project_name: null,
  resource_path: null,
  source_ip: "10.0.0.9",
  facts: '{"reason":"[click](https://evil.example)"}',
  raised_at: 0,
};

Deno.test("messageText says who, what, where, when, and what to do", () => {
  const text = messageText(EVENT, "warning");
  assert.match(text, /^CortexAuth warning: An agent was frozen\n\nAgent: /);
  assert.match(text, /\nNamespace: team\nFrom: 10\.0\.0\.9\n/, "an address that can be copied");
  assert.match(text, /\nWhen: 1970-01-01 00:00:00 UTC\n\n.*unfreeze.*$/);
  assert.doesNotMatch(text, /evil\.example|@[^\u200b]/);
  assert.equal(text.split("\n").length, 9);
});

Deno.test("messageText names a request once", () => {
  const facts = '{"grant_id":"one-id","keys":2}';
  const text = messageText({ ...EVENT, kind: "access_pending", resource_path: "one-id", facts }, "info");
  assert.match(text, /\nResource: one-id\nFrom: .*\nkeys: 2\n/);
  assert.equal(text.split("one-id").length, 2);
});

Deno.test("pageLink leads to the page of the agent, or to the list where there is none, and nowhere without CORTEX_PUBLIC_URL", () => {
  const frozen = { kind: "agent_frozen", agent_id: "builder", namespace: "team" };
  const url = "https://vault.example/";
  assert.equal(pageLink(frozen, url), "https://vault.example/ui/agents/builder?namespace=team");
  assert.equal(pageLink({ ...frozen, agent_id: null }, url), "https://vault.example/ui/agents");
  const hostile = pageLink({ ...frozen, agent_id: "../x?<@1> y" }, url);
  assert.equal(hostile, "https://vault.example/ui/agents/..%2Fx%3F%3C%401%3E%20y?namespace=team");
  assert.equal(pageLink(frozen, undefined), undefined);
});

Deno.test("every kind of event has a text, and an unknown one is told too", () => {
  const titles = Object.keys(EVENT_SEVERITY).map((kind) => eventText(kind).title);
  assert.equal(new Set(titles).size, titles.length);
  assert.match(messageText({ ...EVENT, kind: "constructor" }, "alarm"), /no text for/);
});
