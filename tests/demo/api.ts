/** The demo's calls of the admin API: shown as `curl` commands, and made by `curl` where there is one. */

import { FOLDER, type Stage } from "./stage.ts";

export class Api {
  readonly #stage: Stage;
  readonly #url: string;
  readonly #token: string;
  readonly #hasCurl: boolean;

  private constructor(stage: Stage, url: string, token: string, hasCurl: boolean) {
    this.#stage = stage;
    this.#url = url;
    this.#token = token;
    this.#hasCurl = hasCurl;
  }

  /** Keeps the token in a header file, so that it shows neither in `ps` nor in a shell's history. */
  static async connect(stage: Stage, url: string, token: string): Promise<Api> {
    await stage.write("admin-header", `X-Admin-Token: ${token}\n`);
    const hasCurl = await new Deno.Command("sh", { args: ["-c", "command -v curl"], stdout: "null" })
      .output();
    if (!hasCurl.success) stage.note("curl is not on this machine: the demo makes the same requests itself");
    return new Api(stage, url, token, hasCurl.success);
  }

  async get<Answer>(path: string): Promise<Answer> {
    return JSON.parse(await this.#show("", path, "GET"));
  }

  /** Sends `body` from a file of its own, which is what keeps a secret off the command line. */
  async post<Answer>(path: string, file: string, body: unknown): Promise<Answer> {
    const text = JSON.stringify(body);
    await this.#stage.write(file, text);
    return JSON.parse(
      await this.#show(`-H 'Content-Type: application/json' -d @${file} `, path, "POST", text),
    );
  }

  async #show(data: string, path: string, method: string, body?: string): Promise<string> {
    const command = `curl -sS -H @admin-header ${data}'${this.#url}${path}'`;
    if (this.#hasCurl) {
      const { code, output } = await this.#stage.run(command);
      if (code !== 0) throw new Error(`curl ended with ${code}`);
      return output;
    }
    this.#stage.type(command);
    const answer = await fetch(`${this.#url}${path}`, {
      method,
      headers: { "X-Admin-Token": this.#token, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    console.log(text);
    return text;
  }
}

/** Removes the request bodies: they hold the demo's secrets. */
export async function removeBodies(files: readonly string[]): Promise<void> {
  await Promise.all(files.map((file) => Deno.remove(`${FOLDER}/${file}`)));
}
