/** What anybody may ask for, and the pages of the dashboard. */

import { type AccessRow, open, page } from "./row.ts";

export const PUBLIC_ROWS = {
  // Public
  "GET /healthz": open("health", "none", "Whether the process answers"),
  "GET /readyz": open("ready", "none", "Whether requests can be served: unsealed, database writable"),
  "GET /openapi.json": open("api_document", "public", "This document: the API in OpenAPI 3.1"),
  "GET /.well-known/jwks.json": open("jwks", "public", "The public keys that verify our tokens"),
  "GET /.well-known/cortex-audit-head": open(
    "audit_head",
    "public",
    "The newest signed head of the audit log's tree",
  ),
  "GET /.well-known/cortex-audit-consistency": open(
    "audit_consistency",
    "audit_consistency",
    "That the newest head goes on from an earlier one",
  ),
  // Pages: each thing that they show or do asks the row of its own, for the person who is signed in
  "GET /": page("home_page", "Leads to the dashboard"),
  "GET /device": page("device_page", "Leads to the page where a device is approved"),
  "GET /docs": page("docs_page", "The API to browse"),
  "GET /assets/:file": page("page_asset", "Style and scripts of the pages"),
  "GET /signin": page("sign_in_page", "How to get into the dashboard"),
  "POST /signin": page("page_form", "The form of a password"),
  "POST /signin/second": page("page_form", "The form of a second step"),
  "GET /welcome/:code": page("sign_in_page", "The page of an invitation"),
  "POST /welcome/:code": page("page_form", "The form of an invitation"),
  "GET /signin/:code": page("sign_in_page", "The page of a one-time link"),
  "POST /signin/:code": { ...page("page_sign_in", "Uses a one-time link up"), audited: "service" },
  "POST /ui/signout": { ...page("page_sign_out", "Ends a session of the dashboard"), audited: "service" },
  "GET /ui/*": page("page", "The pages of the dashboard"),
  "POST /ui/*": page("page_form", "The forms of the dashboard"),
  "POST /device/authorize": {
    ...open("device_authorize", "device_authorize", "Starts the login of a host"),
    audited: "service",
  },
  "POST /device/token": {
    ...open("device_token_issue", "device_token", "Polls for the end of a login"),
    audited: "service",
  },
} as const satisfies Readonly<Record<string, AccessRow>>;
