/** OpenSSH's own server on a free loopback port, run by the user of the tests, for one key. */

async function keygen(...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("ssh-keygen", { args: [...args] }).output();
  if (!success) throw new Error(`ssh-keygen failed: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** Nobody else takes a port that was free a moment ago: the kernel gives them out in turn. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Run by root, sshd wants the directory that a package's service makes. */
async function makeSeparationDirectory(): Promise<void> {
  if (Deno.uid() === 0) await Deno.mkdir("/run/sshd", { recursive: true, mode: 0o755 });
}

export class SshServer {
  readonly user: string;
  readonly hostKeyFingerprint: string;
  readonly #folder: string;
  readonly #port: number;
  readonly #process: Deno.ChildProcess;
  #authorisedKey = "";

  private constructor(folder: string, port: number, facts: { user: string; hostKeyFingerprint: string }) {
    this.#folder = folder;
    this.#port = port;
    this.user = facts.user;
    this.hostKeyFingerprint = facts.hostKeyFingerprint;
    this.#process = new Deno.Command("/usr/sbin/sshd", {
      args: ["-D", "-e", "-f", `${folder}/config`],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
  }

  /** Makes host key and configuration in a new folder, and waits until it listens. */
  static async start(folder: string): Promise<SshServer> {
    await Deno.mkdir(folder, { mode: 0o700 });
    await makeSeparationDirectory();
    await keygen("-q", "-t", "ed25519", "-N", "", "-f", `${folder}/host_key`);
    const [, hostKeyFingerprint = ""] = (await keygen("-l", "-f", `${folder}/host_key.pub`)).split(" ");
    const port = freePort();
    await Deno.writeTextFile(`${folder}/config`, configuration(folder, port));
    const user = new TextDecoder().decode((await new Deno.Command("id", { args: ["-un"] }).output()).stdout)
      .trim();
    const server = new SshServer(folder, port, { user, hostKeyFingerprint });
    await server.#listening();
    return server;
  }

  /** Makes a key that may log in, and gives its private file's text. */
  async authorise(options: readonly string[]): Promise<string> {
    const path = `${this.#folder}/user_key`;
    await keygen("-q", "-N", "", "-C", "deploy", "-f", path, ...options);
    this.#authorisedKey = await Deno.readTextFile(`${path}.pub`);
    await Deno.writeTextFile(`${this.#folder}/authorized_keys`, this.#authorisedKey, { mode: 0o600 });
    const text = await Deno.readTextFile(path);
    await Deno.remove(path);
    return text;
  }

  /** The line of the public key. */
  get authorisedKey(): string {
    return this.#authorisedKey;
  }

  get host(): string {
    return `${this.user}@127.0.0.1`;
  }

  get port(): number {
    return this.#port;
  }

  /** What a client needs to talk to it without asking and without keys of its own. */
  get options(): readonly string[] {
    return [
      "-F",
      "none",
      "-p",
      `${this.#port}`,
      "-o",
      "BatchMode=yes",
      "-o",
      "StrictHostKeyChecking=no",
      "-o",
      `UserKnownHostsFile=${this.#folder}/known_hosts`,
      "-o",
      "LogLevel=ERROR",
    ];
  }

  async #listening(): Promise<void> {
    const decoder = new TextDecoder();
    let said = "";
    const reader = this.#process.stderr.getReader();
    while (!said.includes("Server listening")) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`sshd ended: ${said}`);
      said += decoder.decode(value, { stream: true });
    }
    void this.#drain(reader);
  }

  async #drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    while (!(await reader.read()).done);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#process.status;
  }
}

function configuration(folder: string, port: number): string {
  return [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${folder}/host_key`,
    `AuthorizedKeysFile ${folder}/authorized_keys`,
    `PidFile none`,
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "UsePAM no",
    "StrictModes no",
    "AllowAgentForwarding yes",
    "",
  ].join("\n");
}
