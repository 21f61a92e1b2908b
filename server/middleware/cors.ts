/**
 * Cross-origin access for a dashboard that is served from elsewhere (section 4.4 of the wire contract). Without
 * configured origins there is none.
 */

const ALLOWED_METHODS = "GET,POST,PUT,DELETE";
const ALLOWED_HEADERS = [
  "authorization",
  "content-type",
  "x-admin-token",
  "x-cortex-caller-pid",
  "x-cortex-caller-binary-sha256",
  "x-cortex-caller-argv-hash",
  "x-cortex-caller-cwd",
  "x-cortex-caller-git-commit",
  "x-cortex-hostname",
  "x-cortex-os",
  "x-daemon-attestation",
].join(",");
const EXPOSED_HEADERS = "link,retry-after,x-request-id";
const VARY = "origin, access-control-request-method, access-control-request-headers";

export class Cors {
  readonly #origins: ReadonlySet<string>;

  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins);
  }

  /** Adds what a browser needs to see, where the request comes from an allowed origin. */
  apply(request: Request, headers: Headers): void {
    headers.set("Vary", VARY);
    const origin = this.#origins.size === 0 ? null : request.headers.get("Origin");
    if (origin === null || !this.#origins.has(origin)) return;
    headers.set("Access-Control-Allow-Origin", origin);
    headers.set("Access-Control-Expose-Headers", EXPOSED_HEADERS);
    // The policy against embedding would otherwise undo the permission.
    headers.set("Cross-Origin-Resource-Policy", "cross-origin");
    if (request.method !== "OPTIONS") return;
    headers.set("Access-Control-Allow-Methods", ALLOWED_METHODS);
    headers.set("Access-Control-Allow-Headers", ALLOWED_HEADERS);
  }
}
