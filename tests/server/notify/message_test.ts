import assert from "node:assert/strict";
import { isPrivateAddress } from "../../../server/notify/addresses.ts";
import { EVENT_SEVERITY } from "../../../server/events/event.ts";
import { messageText, plain } from "../../../server/notify/message.ts";
import { eventText } from "../../../server/notify/texts.ts";

Deno.test("plain leaves no mention, link, mark-up or line of a stranger's text", () => {
  const text = plain("@everyone <!channel> [x](https://evil.example/)\r\nBcc: a@b");
  assert.doesNotMatch(text, /[@<>\[\]()\r\n]|:\/\/|evil\.example/);
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

Deno.test("messageText says who, what, where, when, what to do, and links to the page", () => {
  const text = messageText(EVENT, "warning", "https://vault.example/");
  assert.match(text, /^CortexAuth warning: An agent was frozen\n\nAgent: /);
  assert.match(text, /\nNamespace: team\n/);
  assert.match(text, /\nWhen: 1970-01-01 00:00:00 UTC\n/);
  assert.match(text, /unfreeze.*\nhttps:\/\/vault\.example\/#agents$/);
  assert.doesNotMatch(text, /evil\.example|@|\[/);
});

Deno.test("messageText without CORTEX_PUBLIC_URL holds no link", () => {
  assert.doesNotMatch(messageText(EVENT, "warning"), /https:\/\/vault|#agents/);
});

Deno.test("every kind of event has a text, and an unknown one is told too", () => {
  const titles = Object.keys(EVENT_SEVERITY).map((kind) => eventText(kind).title);
  assert.equal(new Set(titles).size, titles.length);
  assert.match(messageText({ ...EVENT, kind: "constructor" }, "alarm"), /no text for/);
});
