/** Headers of every answer: nothing is stored on the way, nothing is sniffed, framed or executed. */

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Content-Security-Policy":
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** What everything but public documents carries: a value must not rest in a cache. */
export const NO_STORE = "no-store";
