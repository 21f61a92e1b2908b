/**
 * Whose request it is: the peer of the socket. Forwarded headers count only from proxies that the operator named, and
 * then only the part that those proxies wrote: the right-most address that is not one of them.
 */

export interface SocketInfo {
  readonly remoteAddr?: { readonly hostname?: string };
}

/** An address as 16 bytes (IPv4 mapped into IPv6), or undefined. */
export type AddressBytes = Uint8Array;

interface Network {
  readonly bytes: AddressBytes;
  readonly bits: number;
}

export class ClientAddress {
  readonly #trusted: readonly Network[];

  /**
   * @param trusted addresses or CIDR networks of proxies
   * @throws Error for an entry that is neither
   */
  constructor(trusted: readonly string[]) {
    this.#trusted = trusted.map(parseNetwork);
  }

  /** The address of the caller, or null where there is no socket. */
  of(info: SocketInfo | undefined, headers: Headers): string | null {
    const peer = info?.remoteAddr?.hostname;
    if (peer === undefined) return null;
    if (this.#trusted.length === 0 || !this.#isTrusted(peer)) return unmapped(peer);
    return this.#forwarded(headers) ?? unmapped(peer);
  }

  #forwarded(headers: Headers): string | undefined {
    const chain = (headers.get("X-Forwarded-For") ?? headers.get("X-Real-IP") ?? "").split(",");
    for (const part of chain.reverse()) {
      const address = part.trim();
      if (parseAddress(address) === undefined) return undefined;
      if (!this.#isTrusted(address)) return unmapped(address);
    }
    return undefined;
  }

  #isTrusted(address: string): boolean {
    const bytes = parseAddress(address);
    return bytes !== undefined && this.#trusted.some((network) => contains(network, bytes));
  }
}

/** What rate limits count by: an IPv4 address, or the /64 of an IPv6 one, which one host has to itself. */
export function addressKey(address: string | null): string {
  if (address === null) return "unknown";
  if (!address.includes(":")) return address;
  return parseAddress(address)?.subarray(0, 8).toHex() ?? address;
}

/** @throws Error for a text that is neither an address nor a network */
export function parseNetwork(text: string): Network {
  const [address = "", length] = text.trim().split("/");
  const bytes = parseAddress(address);
  const width = address.includes(":") ? 128 : 32;
  const bits = length === undefined ? width : /^\d{1,3}$/.test(length) ? Number(length) : NaN;
  if (bytes === undefined || !(bits <= width)) {
    throw new Error("Not an address or a network such as 10.0.0.0/8");
  }
  return { bytes, bits: bits + 128 - width };
}

function contains(network: Network, address: AddressBytes): boolean {
  const whole = network.bits >> 3;
  for (let at = 0; at < whole; at++) if (network.bytes[at] !== address[at]) return false;
  const rest = 8 - (network.bits & 7);
  return rest === 8 || (network.bytes[whole] ?? 0) >> rest === (address[whole] ?? 0) >> rest;
}

/** `::ffff:10.0.0.1`, as a socket that serves both families gives it, is `10.0.0.1`. */
function unmapped(address: string): string {
  return address.toLowerCase().startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}

function parseAddress(text: string): AddressBytes | undefined {
  return text.includes(":") ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): AddressBytes | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  const bytes = new Uint8Array(16);
  bytes.set([0xff, 0xff, ...parts.map(Number)], 10);
  return bytes;
}

function parseV6(text: string): AddressBytes | undefined {
  const plain = unmapped(text);
  if (!plain.includes(":")) return parseV4(plain);
  const halves = plain.split("%", 1)[0]?.split("::") ?? [];
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => half === "" ? [] : half.split(":"));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array<string>(Math.max(missing, 0)).fill("0"), ...tail];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return Uint8Array.from(groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff]));
}
