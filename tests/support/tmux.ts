/**
 * A terminal as a person sees it: tmux interprets what programs write and gives the screen back as text. Keys go in by
 * tmux's names (`C-c`, `Enter`) or literally.
 */

const HANGING_MS = 30_000;

export class Tmux {
  readonly #env: Readonly<Record<string, string>>;

  private constructor(env: Readonly<Record<string, string>>) {
    this.#env = env;
  }

  /** A shell on a terminal of 80 columns and 24 rows; `folder` takes tmux's socket. */
  static async start(env: Readonly<Record<string, string>>, folder: string): Promise<Tmux> {
    const tmux = new Tmux({
      ...env,
      TMUX_TMPDIR: folder,
      PS1: "$ ",
      TERM: "xterm-256color",
      LC_ALL: "C.UTF-8",
    });
    const shell = ["bash", "--norc", "--noprofile"];
    await tmux.#call("-f", "/dev/null", "new-session", "-d", "-c", folder, "-x", "80", "-y", "24", ...shell);
    await tmux.waitFor(/^\$ $/m);
    return tmux;
  }

  /** Presses keys by name. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#call("send-keys", ...keys);
  }

  /** Types a text and presses Enter. */
  async enter(line: string): Promise<void> {
    await this.#call("send-keys", "-l", line);
    await this.press("Enter");
  }

  /** Starts the next step on an empty screen. */
  async clear(): Promise<void> {
    await this.enter("clear");
    await this.waitFor(/^\$ \s*$/);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#call("resize-window", "-x", `${columns}`, "-y", `${rows}`);
  }

  /** What is on the screen now; blanks at the ends of lines stay. */
  async screen(): Promise<string> {
    return await this.#call("capture-pane", "-p", "-N");
  }

  /** Everything that was ever on the screen. */
  async history(): Promise<string> {
    return await this.#call("capture-pane", "-p", "-S", "-");
  }

  /** Waits until the screen matches. */
  async waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    const end = Date.now() + HANGING_MS;
    for (;;) {
      const screen = await this.screen();
      const match = pattern.exec(screen);
      if (match !== null) return match;
      if (Date.now() > end) throw new Error(`the screen never matched ${pattern}:\n${screen}`);
    }
  }

  async #call(...args: readonly string[]): Promise<string> {
    const command = new Deno.Command("tmux", { args: [...args], env: this.#env, clearEnv: true });
    const { success, stdout, stderr } = await command.output();
    if (!success) throw new Error(`tmux ${args[0]} failed: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#call("kill-server").catch(() => {});
  }
}
