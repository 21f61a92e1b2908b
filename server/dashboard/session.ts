/** Who looks at a page. Accounts and sessions are kept elsewhere; a page knows no more of them than this. */

import type { AdminCaller } from "../caller.ts";
import type { Incoming } from "../http/incoming.ts";

export interface PageSession {
  readonly caller: AdminCaller;
  /** What people are called at the top of the page. */
  readonly name: string;
  /** In every form of this session; a form without it does nothing. */
  readonly csrf: string;
}

export interface PageSessions {
  /** Undefined where nobody is signed in. */
  find(incoming: Incoming): Promise<PageSession | undefined>;
}
