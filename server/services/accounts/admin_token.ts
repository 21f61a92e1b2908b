/** Another admin token in place of the present one, which is worth nothing from then on. */

import { VaultError } from "../../../shared/errors.ts";
import type { AuditEntry } from "../../audit/entry.ts";
import type { AdminCaller } from "../../caller.ts";
import type { PageLinkService } from "./page_links.ts";
import { success } from "../success.ts";

/** Makes another token; undefined where the environment says which token holds. */
export type RotateAdminToken = (entry: AuditEntry) => Promise<string>;

export class AdminTokenService {
  readonly #rotate: RotateAdminToken | undefined;
  readonly #links: Pick<PageLinkService, "endAll">;

  constructor(rotate: RotateAdminToken | undefined, links: Pick<PageLinkService, "endAll">) {
    this.#rotate = rotate;
    this.#links = links;
  }

  /** What the old token opened in browsers ends with it. @throws VaultError `admin_token.from_environment` */
  async rotate(caller: AdminCaller): Promise<{ readonly admin_token: string }> {
    if (this.#rotate !== undefined) {
      const admin_token = await this.#rotate(success(caller, "admin_token_rotate"));
      this.#links.endAll();
      return { admin_token };
    }
    throw new VaultError(
      "admin_token.from_environment",
      "The admin token comes from ADMIN_TOKEN; change it there and restart the server",
    );
  }
}
