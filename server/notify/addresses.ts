/** Which addresses a notification may go to: none inside the operator's network, whoever typed it. Fails closed. */

const PRIVATE_V4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "224.0.0.0/3",
];

/** Resolves a name; given so that tests need no network. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** Whether an address in text form is not one of the public Internet. What cannot be read is private. */
export function isPrivateAddress(address: string): boolean {
  const v4 = numberOf(address);
  if (v4 !== undefined) return PRIVATE_V4.some((network) => isWithin(v4, network));
  // Global unicast alone (RFC 4291), without the ways to carry an IPv4 address (6to4, Teredo, documentation).
  return !/^[23][0-9a-f]{3}:/i.test(address) || /^(2002|2001:0{0,4}|2001:db8):/i.test(address);
}

/** Whether every address of a URL's host is public. */
export async function isPublicHost(url: URL, resolve: Resolve): Promise<boolean> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (numberOf(host) !== undefined || host.includes(":")) return !isPrivateAddress(host);
  const addresses = await resolve(host);
  return addresses.length > 0 && !addresses.some(isPrivateAddress);
}

/** Asks DNS; a name without an answer has no addresses. */
export async function resolveByDns(host: string): Promise<readonly string[]> {
  const signal = AbortSignal.timeout(5_000);
  const answers = await Promise.allSettled([
    Deno.resolveDns(host, "A", { signal }),
    Deno.resolveDns(host, "AAAA", { signal }),
  ]);
  return answers.flatMap((answer) => answer.status === "fulfilled" ? answer.value : []);
}

function numberOf(text: string): number | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  return text.split(".").reduce((all, part) => all * 256 + Number(part), 0);
}

function isWithin(address: number, network: string): boolean {
  const [base = "", bits = "32"] = network.split("/");
  const size = 2 ** (32 - Number(bits));
  return Math.floor(address / size) === Math.floor((numberOf(base) ?? 0) / size);
}
