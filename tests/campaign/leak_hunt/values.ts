/** Values as vaults hold them, made up anew for each seed, and the parts of them that programs print alone. */

import type { Random } from "./random.ts";

export interface HuntedValue {
  readonly kind: string;
  readonly name: string;
  readonly value: Uint8Array<ArrayBuffer>;
  /** What is printed: the value itself, a line, a member. */
  readonly parts: readonly Uint8Array<ArrayBuffer>[];
}

const encoder = new TextEncoder();
const ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE64 = `${ALNUM}+/`;
const SHELL = `${ALNUM} !"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~`;
const UNICODE = [..."aeinrst-_", ..."éèüßñøåçÆ¿£€", ..."密码鍵пароль", ..."🔑🔥𝒳"];
const HEX = "0123456789abcdef";

const MAKERS: Readonly<Record<string, (random: Random) => Omit<HuntedValue, "kind" | "name">>> = {
  api_key: (random) =>
    whole(
      `${random.pick(["sk-", "ghp_", "AKIA", "xoxb-", ""])}${random.text(ALNUM, random.between(16, 60))}`,
    ),
  shortest: (random) => whole(distinct(random, ALNUM, 8)),
  token_base64: (random) =>
    whole(random.text(BASE64, random.between(24, 120)) + random.pick(["", "=", "=="])),
  token_hex: (random) => whole(random.text(HEX, random.pick([32, 40, 64, 128]))),
  jwt: (random) => whole([40, 120, 86].map((length) => random.text(`${ALNUM}-_`, length)).join(".")),
  password: (random) => whole(distinct(random, SHELL, random.between(8, 40)).trim().padEnd(8, "!")),
  shell: (random) => whole(`pa'ss "${random.text(SHELL, random.between(6, 30))}" $HOME\\n%41&amp;`),
  unicode: (random) => whole(distinct(random, UNICODE, random.between(8, 40))),
  url: (random) => {
    const password = random.text(`${ALNUM}-_.~`, random.between(12, 30));
    return whole(`postgres://app:${password}@db.internal:5432/app?sslmode=require`, [password]);
  },
  binary: (random) => {
    const value = random.bytes(random.pick([16, 24, 32, 64, 200]));
    return { value, parts: [value] };
  },
  pem: (random) => pem(random, random.between(1, 26)),
  lines: (random) => {
    const lines = Array.from(
      { length: random.between(2, 12) },
      () => distinct(random, SHELL, random.between(10, 60)),
    );
    return whole(lines.join(random.pick(["\n", "\r\n"])), lines.map((line) => line.trim()));
  },
  json: (random) => {
    const members = Array.from(
      { length: random.between(1, 6) },
      () => distinct(random, SHELL, random.between(8, 50)),
    );
    const object = Object.fromEntries(
      members.map((member, at) => [`m${at}`, at % 2 === 0 ? member : { in: [member] }]),
    );
    return whole(JSON.stringify(object, null, random.pick([0, 2])), members);
  },
  service_account: (random) => {
    const key = pem(random, random.between(3, 20));
    const text = new TextDecoder().decode(key.value);
    const value = encoder.encode(JSON.stringify({ type: "service_account", private_key: text }));
    return { value, parts: [value, ...key.parts] };
  },
  long: (random) => whole(random.text(BASE64, random.between(600, 4_096))),
  long_unicode: (random) => whole(random.text(UNICODE, random.between(200, 1_000))),
  long_binary: (random) => {
    const value = random.bytes(random.between(300, 4_096));
    return { value, parts: [value] };
  },
};

export const KINDS: readonly string[] = Object.keys(MAKERS);

/** A value of a kind. */
export function makeValue(kind: string, name: string, random: Random): HuntedValue {
  const make = MAKERS[kind];
  if (make === undefined) throw new Error(`No such kind of value: ${kind}`);
  return { kind, name, ...make(random) };
}

function whole(text: string, parts: readonly string[] = []): Omit<HuntedValue, "kind" | "name"> {
  const value = encoder.encode(text);
  return { value, parts: [value, ...parts.map((part) => encoder.encode(part))] };
}

/** Varied enough to be looked for, whatever was drawn. */
function distinct(random: Random, alphabet: string | readonly string[], length: number): string {
  const letters = [..."qZ7xK"];
  const drawn = [...random.text(alphabet, length)];
  letters.forEach((letter, at) => drawn[Math.floor(at * length / letters.length)] = letter);
  return drawn.join("");
}

function pem(random: Random, lines: number): Omit<HuntedValue, "kind" | "name"> {
  const body = Array.from({ length: lines }, () => random.text(BASE64, 64));
  const last = `${random.text(BASE64, random.between(8, 63))}=`;
  const text = ["-----BEGIN PRIVATE KEY-----", ...body, last, "-----END PRIVATE KEY-----", ""].join("\n");
  return whole(text, [...body, last]);
}
