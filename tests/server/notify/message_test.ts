import assert from "node:assert/strict";
import { isPrivateAddress } from "../../../server/notify/addresses.ts";
import { plain } from "../../../server/notify/message.ts";

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
