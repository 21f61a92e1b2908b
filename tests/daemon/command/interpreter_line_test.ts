import assert from "node:assert/strict";
import fc from "fast-check";
import { parseInterpreterLine } from "../../../daemon/command/interpreter_line.ts";

Deno.test("parseInterpreterLine reads a line as the kernel does: one program, one argument", () => {
  const cases: [string, string, readonly string[]][] = [
    ["#!/bin/sh\necho", "/bin/sh", []],
    ["#! /bin/sh  -e \n", "/bin/sh", ["-e"]],
    ["#!/usr/bin/awk -f -v x=1\n", "/usr/bin/awk", ["-f -v x=1"]],
    ["#!/bin/sh", "/bin/sh", []],
  ];
  for (const [head, program, args] of cases) {
    assert.deepEqual(parseInterpreterLine(head), { program, args, searched: false });
  }
});

Deno.test("parseInterpreterLine goes through env to the program that it searches", () => {
  assert.deepEqual(parseInterpreterLine("#!/usr/bin/env node\n"), {
    program: "node",
    args: [],
    searched: true,
  });
  assert.deepEqual(parseInterpreterLine("#!/usr/bin/env -S deno run -A\n"), {
    program: "deno",
    args: ["run", "-A"],
    searched: true,
  });
  for (const rest of ["", " -i sh", " X=1 sh", " -S X=1 sh", " -S", " a=b"]) {
    assert.equal(parseInterpreterLine(`#!/usr/bin/env${rest}\n`), undefined, rest);
  }
});

Deno.test("parseInterpreterLine finds none in anything else", () => {
  for (const head of ["", "#", "#!", "#!\n/bin/sh", "\x7fELF", "echo hi"]) {
    assert.equal(parseInterpreterLine(head), undefined);
  }
  fc.assert(fc.property(fc.string(), (text) => void parseInterpreterLine(`#!${text}`)));
});
