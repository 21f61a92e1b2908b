/** A started program whose output is kept, searched and waited for. */

export interface StartOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Every chunk that the program prints is added here too. */
  readonly transcript: string[];
  /** For programs that run longer than those of any other test, in milliseconds. */
  readonly hangingMs?: number;
}

/** A program that neither prints what is waited for nor ends hangs; so that its test fails, it is killed after this. */
const HANGING_MS = 120_000;

interface Waiter {
  readonly pattern: RegExp;
  readonly resolve: (match: RegExpExecArray) => void;
  readonly reject: (reason: Error) => void;
}

export class RunningProgram {
  readonly name: string;
  readonly #child: Deno.ChildProcess;
  readonly #readers: Promise<unknown>;
  readonly #transcript: string[];
  #text = "";
  #waiters: Waiter[] = [];

  constructor(name: string, command: readonly string[], options: StartOptions) {
    const [program = "", ...args] = command;
    this.name = name;
    this.#transcript = options.transcript;
    this.#child = new Deno.Command(program, {
      args,
      env: { ...options.env },
      clearEnv: true,
      cwd: options.cwd,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const watchdog = setTimeout(() => this.kill("SIGKILL"), options.hangingMs ?? HANGING_MS);
    this.#readers = Promise.all([this.#read(this.#child.stdout), this.#read(this.#child.stderr)]).then(() => {
      clearTimeout(watchdog);
      this.#giveUp();
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Everything printed so far, both streams as they came. */
  output(): string {
    return this.#text;
  }

  /** Waits until the output matches; fails when the program ends without it. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    const match = pattern.exec(this.#text);
    if (match) return Promise.resolve(match);
    return new Promise((resolve, reject) => this.#waiters.push({ pattern, resolve, reject }));
  }

  kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended already.
    }
  }

  /** Exit code, 128 + n for a signal, once all output was read. */
  async ended(): Promise<number> {
    const status = await this.#child.status;
    await this.#readers;
    return status.code;
  }

  async stop(signal: Deno.Signal): Promise<number> {
    this.kill(signal);
    return await this.ended();
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) this.#take(decoder.decode(chunk, { stream: true }));
  }

  #take(text: string): void {
    this.#text += text;
    this.#transcript.push(text);
    this.#waiters = this.#waiters.filter((waiter) => {
      const match = waiter.pattern.exec(this.#text);
      if (match) waiter.resolve(match);
      return match === null;
    });
  }

  #giveUp(): void {
    for (const { pattern, reject } of this.#waiters) {
      reject(new Error(`${this.name} ended without printing ${pattern}; it printed:\n${this.#text}`));
    }
    this.#waiters = [];
  }
}
