/** The link that makes the first account, shown once, at first boot. */
export function firstAccountBanner(link: string): string {
  return [
    "  The first account: open this link within three days and choose a password. It works once.",
    `  ${link}`,
  ].join("\n");
}

/** The generated admin token, shown once: alone on an indented line, as section 4.7 of the wire contract has it. */
export function adminTokenBanner(token: string): string {
  const rule = "=".repeat(72);
  return [
    rule,
    "  The admin token of this vault. It is shown only now; keep it safe:",
    "",
    `    ${token}`,
    "",
    "  Send it in the header X-Admin-Token. Set ADMIN_TOKEN to use your own.",
    rule,
  ].join("\n");
}
