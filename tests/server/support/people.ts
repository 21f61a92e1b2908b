/** People in a harness: invited by the admin token, signed in by a password, as browsers and as scripts. */

import type { RoleAssignment } from "../../../server/access/roles.ts";
import type { Answer, Harness, SendOptions } from "./harness.ts";
import { Client } from "./harness.ts";
import { expectOk } from "./expect.ts";

export const PERSON_PASSWORD = "a password of several words";

/** A browser of somebody: keeps the cookie, and sends the token of its session's forms. */
export class Browser extends Client {
  cookie = "";
  csrf = "";

  constructor(h: Harness, address = "127.0.0.1") {
    super(h.app, {}, address);
  }

  override async send(method: string, path: string, options: SendOptions = {}): Promise<Answer> {
    const own = {
      ...(this.cookie === "" ? {} : { Cookie: this.cookie }),
      ...(this.csrf === "" ? {} : { "X-CSRF-Token": this.csrf }),
    };
    const answer = await super.send(method, path, { ...options, headers: { ...own, ...options.headers } });
    this.#remember(answer);
    return answer;
  }

  async signIn(email: string, password = PERSON_PASSWORD): Promise<Answer> {
    return await this.post("/auth/signin", { email, password });
  }

  #remember(answer: Answer): void {
    const set = answer.headers.get("Set-Cookie");
    if (set === null || answer.text === "" || !/session=/.test(set)) return;
    this.cookie = set.split(";", 1)[0] ?? "";
    const { csrf_token } = answer.json<{ csrf_token?: string }>();
    this.csrf = csrf_token ?? "";
  }
}

export interface TestPerson {
  readonly id: string;
  readonly email: string;
  readonly browser: Browser;
}

/** Invites a person, sets the password by the link, and gives the browser that is signed in by it. */
export async function enter(
  h: Harness,
  email: string,
  roles: readonly RoleAssignment[],
): Promise<TestPerson> {
  const { person, code } = expectOk<{ person: { id: string }; code: string }>(
    await h.admin.post("/admin/people", { email, roles }),
    201,
  );
  const browser = new Browser(h);
  expectOk(await browser.post("/auth/invitations/accept", { code, password: PERSON_PASSWORD }));
  return { id: person.id, email, browser };
}
