/** A shell on a real terminal, typed into and read: `script` makes the terminal, control characters go in as they are. */

const HANGING_MS = 30_000;

export class Terminal {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = "";

  constructor(env: Readonly<Record<string, string>>, cwd: string) {
    this.#child = new Deno.Command("script", {
      args: ["-qfc", "bash --norc --noprofile", "/dev/null"],
      env: { ...env, PS1: "$ ", TERM: "dumb" },
      clearEnv: true,
      cwd,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#reader = this.#child.stdout.getReader();
  }

  /** Types text; `\x03` is Ctrl-C, `\x1a` Ctrl-Z. */
  async type(text: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(text));
  }

  /** Waits until what came since the last wait matches, and takes it. */
  async waitFor(pattern: RegExp): Promise<string> {
    const watchdog = setTimeout(() => this.#kill(), HANGING_MS);
    try {
      for (;;) {
        const match = pattern.exec(this.#text);
        if (match) return this.#take(match.index + match[0].length);
        const { value, done } = await this.#reader.read();
        if (done) throw new Error(`The terminal ended without ${pattern}; it showed:\n${this.#text}`);
        this.#text += this.#decoder.decode(value, { stream: true });
      }
    } finally {
      clearTimeout(watchdog);
    }
  }

  #take(length: number): string {
    const taken = this.#text.slice(0, length);
    this.#text = this.#text.slice(length);
    return taken;
  }

  #kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill();
    await this.#writer.abort().catch(() => {});
    await this.#reader.cancel().catch(() => {});
    await this.#child.status;
  }
}
