/** A `cortex` that runs while the test does something to it. */

export class CliProcess {
  readonly #child: Deno.ChildProcess;
  readonly #stderr: Promise<string>;
  readonly #stdout: ReadableStreamDefaultReader<Uint8Array>;
  #text = "";

  constructor(command: readonly string[], env: Record<string, string>, cwd: string) {
    const [program = "", ...args] = command;
    this.#child = new Deno.Command(program, {
      args,
      env,
      clearEnv: true,
      cwd,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stderr = new Response(this.#child.stderr).text();
    this.#stdout = this.#child.stdout.getReader();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Reads standard output until it matches. */
  async waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    const decoder = new TextDecoder();
    while (true) {
      const match = pattern.exec(this.#text);
      if (match !== null) return match;
      const { value, done } = await this.#stdout.read();
      if (done) {
        throw new Error(`cortex ended without printing ${pattern}: ${this.#text}${await this.#stderr}`);
      }
      this.#text += decoder.decode(value, { stream: true });
    }
  }

  /** Closes our end of its standard output. */
  async closeStdout(): Promise<void> {
    await this.#stdout.cancel();
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Exit code and what was said on standard error. */
  async ended(): Promise<{ readonly code: number; readonly stderr: string }> {
    while (!(await this.#stdout.read()).done);
    const { code } = await this.#child.status;
    return { code, stderr: await this.#stderr };
  }
}
