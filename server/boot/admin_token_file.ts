/** The admin token from a file, so that it is in no environment and a first boot prints none. */

import { isHeaderText, type ServerConfig, SHORT_ADMIN_TOKEN } from "../config.ts";
import { StartupError } from "../startup_error.ts";
import { readPasswordFile } from "./password.ts";

/** The configuration with the token that its file holds. @throws StartupError for a file that cannot be used */
export async function withAdminTokenFile(config: ServerConfig): Promise<ServerConfig> {
  if (config.adminTokenFile === undefined) return config;
  const adminToken = await readPasswordFile(config.adminTokenFile, "ADMIN_TOKEN_FILE");
  if (!isHeaderText(adminToken)) {
    throw new StartupError("ADMIN_TOKEN_FILE has to be one line of visible ASCII without spaces");
  }
  if (adminToken.length >= SHORT_ADMIN_TOKEN) return { ...config, adminToken };
  throw new StartupError(
    `ADMIN_TOKEN_FILE has fewer than ${SHORT_ADMIN_TOKEN} characters and can be guessed; use a long random one`,
  );
}
