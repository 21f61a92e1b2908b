/**
 * Two pages for people who open the server in a browser: static text, no script, nothing from outside, and no form: nobody
 * is asked to type an admin token into a page that anybody can imitate (lesson B17).
 */

import { textAnswer } from "../http/answer.ts";
import { publicEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";

const HTML = "text/html; charset=utf-8";

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title} - CortexAuth</title></head>
<body><h1>${title}</h1>
${body}</body></html>
`;
}

const HOME = page(
  "CortexAuth",
  `<p>This is the vault's API; it is up and unsealed. What waits for an admin:</p>
<pre>curl -H @admin-header "$CORTEX_URL/admin/pending-grants?status=pending"
curl -H @admin-header "$CORTEX_URL/admin/devices"</pre>
<p><code>admin-header</code> is a file of yours with the line <code>X-Admin-Token: ...</code>. A device that shows a code
is approved as <a href="/device">this page</a> says.</p>
`,
);

const DEVICE = page(
  "A device asks to log in",
  `<p>An admin approves it with the code that the device shows. Look at it first, then decide:</p>
<pre>curl -H @admin-header "$CORTEX_URL/admin/devices/by-code/ABCD-EFGH"
curl -H @admin-header -H "Content-Type: application/json" \\
  -d '{"user_code":"ABCD-EFGH","agent_id":"my-agent"}' "$CORTEX_URL/admin/web/device/approve"</pre>
<p>Compare the fingerprint with the one on the device, and approve nothing that you did not start. To refuse, send the code
to <code>/admin/web/device/deny</code>. <code>admin-header</code> is a file of yours with the line
<code>X-Admin-Token: ...</code>.</p>
`,
);

export function pageRoutes(): Routes {
  return {
    "GET /": publicEndpoint({}, async () => textAnswer(HOME, HTML)),
    "GET /device": publicEndpoint({}, async () => textAnswer(DEVICE, HTML)),
  };
}
