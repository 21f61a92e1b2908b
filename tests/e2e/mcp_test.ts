/** `cortex mcp`, driven by the official client: every tool, and a canary that nothing the client receives may hold. */

import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { MAX_RUNS } from "../../cli/mcp/server.ts";
import { capturedText, findLeaks } from "../support/leak_search.ts";
import { PROJECT, storeAndGrant, withMainJob } from "../support/main_job.ts";
import { programCommand } from "../support/programs.ts";
import { expectOk } from "../support/wire_agent.ts";
import type { World } from "../support/world.ts";

const CANARY = 'canary-mcp-7f3a9/"<b>&+x=é-91c2d4';

interface ToolResult {
  readonly isError: boolean;
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A connected client that keeps everything it received. */
class Host implements AsyncDisposable {
  readonly received: unknown[] = [];
  readonly client = new Client({ name: "test", version: "1" });
  readonly transport: StdioClientTransport;

  private constructor(transport: StdioClientTransport) {
    this.transport = transport;
  }

  static async open(world: World, ...options: string[]): Promise<Host> {
    const [command = "", ...args] = [...programCommand("cortex"), "mcp", ...options];
    const env = await world.environment();
    const host = new Host(
      new StdioClientTransport({ command, args, env, cwd: world.folder, stderr: "pipe" }),
    );
    host.transport.stderr?.on(
      "data",
      (chunk: Uint8Array) => host.received.push(new TextDecoder().decode(chunk)),
    );
    await host.client.connect(host.transport);
    return host;
  }

  async call(name: string, args: Record<string, unknown> = {}, options = {}): Promise<ToolResult> {
    const result = await this.client.callTool({ name, arguments: args }, undefined, options);
    this.received.push(result);
    const [content] = result.content as { text: string }[];
    const data = (result.structuredContent ?? {}) as Record<string, unknown>;
    return { isError: result.isError === true, text: content?.text ?? "", data };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}

function withHost(work: (host: Host, world: World) => Promise<void>, ...options: string[]): Promise<void> {
  return withMainJob({ "prod/token": CANARY }, async (world) => {
    await using host = await Host.open(world, ...(options.length > 0 ? options : ["--project", PROJECT]));
    await work(host, world);
    const received = capturedText("what the client received", JSON.stringify(host.received));
    const leaks = findLeaks([received], [{ what: "the canary", text: CANARY }]);
    assert.deepEqual(leaks, []);
    assert.ok(!JSON.stringify(host.received).includes(world.adminToken));
  });
}

Deno.test("cortex mcp: no tool gives a value, whatever a program does with it", async () => {
  await withHost(async (host) => {
    const tools = await host.client.listTools();
    host.received.push(tools);
    const names = tools.tools.map(({ name }: { readonly name: string }) => name);
    assert.deepEqual(names.toSorted(), [
      "explain",
      "list_names",
      "render_template",
      "request_access",
      "run_command",
    ]);
    assert.match((await host.call("list_names")).text, /TOKEN\s+a run gets it as a variable/);
    assert.match((await host.call("explain", { program: "true" })).text, /TOKEN\s+a run gets it/);
    const scripts = [
      "env",
      "echo $TOKEN",
      'printf %s "$TOKEN" | base64',
      "printf %s \"$TOKEN\" | od -An -tx1 | tr -d ' \\n'",
      'printf %s "$TOKEN" | rev >&2',
      "cat /proc/self/environ",
      'python3 -c \'import os, json, urllib.parse as u; t = os.environ["TOKEN"]; print(json.dumps(t), u.quote(t, ""), t.encode("utf-16"))\'',
    ];
    for (const script of scripts) {
      const { text } = await host.call("run_command", { program: "sh", args: ["-c", script] });
      assert.match(text, /redacted:TOKEN|exit code/, script);
    }
    const got = await host.call("run_command", { program: "sh", args: ["-c", `[ -n "$TOKEN" ]`] });
    assert.deepEqual([got.isError, got.data["exit_code"], got.data["delivered"]], [false, 0, ["TOKEN"]]);
  });
});

Deno.test("run_command gives exit code, both outputs, what is missing, and the ends of what is long", async () => {
  await withHost(async (host, world) => {
    const failed = await host.call("run_command", {
      program: "sh",
      args: ["-c", "echo out; echo err >&2; pwd; exit 3"],
      names: ["TOKEN", "NOT_THERE"],
      directory: world.home,
    });
    assert.ok(failed.isError);
    assert.deepEqual([
      failed.data["exit_code"],
      failed.data["stdout"],
      failed.data["stderr"],
      failed.data["missing"],
    ], [
      3,
      `out\n${world.home}\n`,
      "err\n",
      ["NOT_THERE"],
    ]);
    const long = await host.call("run_command", {
      program: "seq",
      args: ["1", "100000"],
      max_output_bytes: 1_000,
    });
    const stdout = String(long.data["stdout"]);
    assert.match(stdout, /^1\n2\n[^]*\[\d+ bytes left out\][^]*100000\n$/);
    assert.equal(long.data["omitted_bytes"], 588_895 - 1_000);
    const none = await host.call("run_command", { program: "no-such-program" });
    assert.deepEqual([none.isError, none.data["error_code"]], [true, "child_not_found"]);
  });
});

Deno.test("run_command ends a program whose time is over, with its children, and one that is cancelled", async () => {
  await withHost(async (host) => {
    const late = await host.call("run_command", {
      program: "sh",
      args: ["-c", "echo begun; sleep 1000 & wait"],
      timeout_seconds: 1,
    });
    assert.deepEqual([late.data["ended"], late.data["signal"], late.data["stdout"]], [
      "time was over",
      "SIGTERM",
      "begun\n",
    ]);
    const abort = new AbortController();
    const marker = crypto.randomUUID();
    const call = host.call("run_command", { program: "sh", args: ["-c", `: ${marker}; sleep 1000`] }, {
      signal: abort.signal,
    });
    await until(async () => await isRunning(marker));
    abort.abort();
    await assert.rejects(call);
    await until(async () => !await isRunning(marker));
    assert.equal(
      (await host.call("run_command", { program: "true" })).data["exit_code"],
      0,
      "it goes on serving",
    );
  });
});

Deno.test("a call that is cancelled while it waits for its turn never starts its program", async () => {
  await withHost(async (host) => {
    const [busy, queued] = [crypto.randomUUID(), crypto.randomUUID()];
    const first = new AbortController();
    const running = Array.from(
      { length: MAX_RUNS },
      (_, index) =>
        host.call("run_command", { program: "sh", args: ["-c", `: ${busy}${index}; sleep 1000`] }, {
          signal: first.signal,
        }),
    );
    for (let index = 0; index < MAX_RUNS; index++) await until(() => isRunning(`${busy}${index}`));
    const abort = new AbortController();
    const waiting = host.call("run_command", { program: "touch", args: [queued] }, { signal: abort.signal });
    abort.abort();
    await assert.rejects(waiting);
    first.abort();
    await Promise.allSettled(running);
    const listed = await host.call("run_command", { program: "ls", args: ["-a"] });
    assert.equal(listed.data["exit_code"], 0);
    assert.equal(String(listed.data["stdout"]).includes(queued), false);
  });
});

Deno.test("request_access asks a person for the project or for one command, and approves nothing", async () => {
  await withHost(async (host, world) => {
    await storeAndGrant(world, "prod/other", "another-value-123456");
    const asked = await host.call("request_access", { names: ["TOKEN", "OTHER"] });
    assert.equal(asked.data["status"], "pending", asked.text);
    assert.match(asked.text, /Tell the user/);
    const pending = await expectOk(world.admin("GET", "/admin/pending-grants?status=pending"));
    assert.equal(pending.json<{ id: string }[]>()[0]?.id, asked.data["request_id"]);
    const waits = await host.call("run_command", { program: "true", names: ["TOKEN", "OTHER"] });
    assert.deepEqual([waits.isError, waits.data["error_code"]], [true, "pending_approval"]);
    const command = await host.call("request_access", {
      names: ["OTHER"],
      program: "sh",
      args: ["-c", "true"],
      uses: 1,
    });
    assert.match(command.text, /exactly this command[^]*\/sh/);
    const grants = await expectOk(world.admin("GET", "/admin/command-grants?status=pending"));
    assert.equal(grants.json<{ id: string }[]>()[0]?.id, command.data["id"]);
    assert.match((await host.call("request_access", { names: ["TOKEN"] })).text, /Nobody has to be asked/);
  });
});

Deno.test("cortex mcp refuses other projects and odd arguments, and ends when its input does", async () => {
  await withHost(
    async (host) => {
      const other = await host.call("list_names", { project: "other" });
      assert.deepEqual([other.isError, other.data["error_code"]], [true, "request_invalid"]);
      const relative = await host.call("run_command", { program: "true", directory: "relative" });
      assert.match(relative.text, /absolute path/);
      const gone = await host.call("run_command", { program: "true", directory: "/no/such/place" });
      assert.equal(gone.data["error_code"], "child_directory_gone");
      const wrong = await host.call("run_command", { program: "true", timeout_seconds: -1 });
      assert.deepEqual([wrong.isError, wrong.data["error_code"]], [true, "request_invalid"]);
      const unknown = await host.call("no_such_tool");
      assert.match(unknown.text, /There is no tool of this name; there are list_names/);
      const { pid } = host.transport;
      await host.client.close();
      await until(() => Promise.resolve(pid === null || !existsProcess(pid)));
    },
    "--project",
    PROJECT,
    "--allow-project",
    PROJECT,
  );
});

Deno.test("render_template writes a stored template for this user alone, and answers with its size", async () => {
  await withHost(async (host, world) => {
    const body = { key_path: "conf", secret_type: "TEMPLATE_CONFIG", value: "token={{TOKEN}}\n" };
    const { id } = (await expectOk(world.admin("POST", "/admin/secrets", body))).json();
    await expectOk(world.admin("POST", `/admin/projects/${PROJECT}/grants`, { secret_id: id }));
    const call = { template: "conf", out: "app.conf" };
    const { isError, text, data } = await host.call("render_template", call);
    assert.ok(!isError, text);
    assert.deepEqual([data["path"], data["names"]], ["app.conf", ["TOKEN"]]);
    const path = `${world.folder}/app.conf`;
    assert.equal(await Deno.readTextFile(path), `token=${CANARY}\n`);
    assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    assert.ok((await host.call("render_template", call)).isError, "an existing file is not replaced");
    assert.ok((await host.call("render_template", { ...call, out: "../out" })).isError);
    assert.ok((await host.call("render_template", { ...call, template: "none" })).isError);
  });
});

async function isRunning(marker: string): Promise<boolean> {
  const { success } = await new Deno.Command("pgrep", { args: ["-f", marker], stdout: "null" }).output();
  return success;
}

function existsProcess(pid: number): boolean {
  try {
    return Deno.statSync(`/proc/${pid}`).isDirectory;
  } catch {
    return false;
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("it did not happen");
}
