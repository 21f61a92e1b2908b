/** Another admin token in place of the present one, which is worth nothing from then on. */

import { VaultError } from "../../shared/errors.ts";
import type { AuditEntry } from "../audit/entry.ts";
import type { AdminCaller } from "../caller.ts";
import { success } from "./success.ts";

/** Makes another token; undefined where the environment says which token holds. */
export type RotateAdminToken = (entry: AuditEntry) => Promise<string>;

export class AdminTokenService {
  readonly #rotate: RotateAdminToken | undefined;

  constructor(rotate: RotateAdminToken | undefined) {
    this.#rotate = rotate;
  }

  /** @throws VaultError `admin_token.from_environment` */
  async rotate(caller: AdminCaller): Promise<{ readonly admin_token: string }> {
    if (this.#rotate !== undefined) {
      return { admin_token: await this.#rotate(success(caller, "admin_token_rotate")) };
    }
    throw new VaultError(
      "admin_token.from_environment",
      "The admin token comes from ADMIN_TOKEN; change it there and restart the server",
    );
  }
}
