/** Sessions of people as the pages know them. */

import type { Incoming } from "../http/incoming.ts";
import type { PersonSessions } from "../identity/person_sessions.ts";
import type { SessionCookies } from "../middleware/session_cookies.ts";
import type { PageSession, PageSessions } from "./session.ts";

export class PersonPageSessions implements PageSessions {
  readonly #sessions: PersonSessions;
  readonly #cookies: SessionCookies;
  readonly #otherwise: PageSessions;

  /** @param otherwise asked where no person is signed in */
  constructor(sessions: PersonSessions, cookies: SessionCookies, otherwise: PageSessions) {
    this.#sessions = sessions;
    this.#cookies = cookies;
    this.#otherwise = otherwise;
  }

  async find(incoming: Incoming): Promise<PageSession | undefined> {
    const token = this.#cookies.tokenOf(incoming);
    // A list that refreshes itself is no sign of a person.
    const quiet = incoming.header("HX-Request") === "true" && incoming.method === "GET";
    const caller = token === undefined ? undefined : await this.#sessions.find(token, incoming.origin, quiet);
    if (token === undefined || caller === undefined) return await this.#otherwise.find(incoming);
    const { person } = caller.authority;
    return { caller, name: person?.email ?? caller.name, csrf: this.#cookies.csrfOf(token) };
  }
}
