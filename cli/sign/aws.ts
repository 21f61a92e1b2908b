/**
 * `cortex sign aws`: the headers, or the address, of one request to AWS. The address is printed in the spelling that was
 * signed: sent in another one, the signature would not fit.
 */

import type { AwsSignRequest } from "../../shared/api/sign.ts";
import { HTTP_METHODS, MAX_PRESIGN_SECONDS, UNSIGNED_PAYLOAD } from "../../shared/signing/limits.ts";
import { sha256Hex } from "../../shared/crypto/hash.ts";
import { canonicalQuery, isS3Like, readQuery, s3Path } from "../../shared/signing/aws_uri.ts";
import type { CliContext } from "../context.ts";
import { parseDuration } from "../duration.ts";
import { notThatAnswer, signAndPrint, type SignOptions, wrongUsage } from "./ask.ts";
import { digestInput } from "./input.ts";

export interface AwsOptions extends SignOptions {
  readonly service: string;
  readonly region: string;
  readonly accessKeyId?: string | undefined;
  readonly idName?: string | undefined;
  readonly sessionTokenName?: string | undefined;
  readonly header?: readonly string[] | undefined;
  readonly body?: string | undefined;
  readonly unsignedPayload?: true | undefined;
  readonly presign?: string | undefined;
  readonly format?: "headers" | "curl" | "json" | undefined;
}

type Headers = readonly (readonly [string, string])[];

/** @throws VaultError, CommanderError */
export async function signAws(
  method: string,
  url: string,
  options: AwsOptions,
  context: CliContext,
): Promise<number> {
  const format = options.json ? "json" : options.format ?? "headers";
  if (format === "curl" && options.body === "-") {
    throw wrongUsage("--format curl names the body for curl; give it as a file, not as -");
  }
  const address = readAddress(url, options.service);
  const request = await toRequest(method, address, options);
  return await signAndPrint(
    request,
    { ...options, json: format === "json" ? true : undefined },
    context,
    (signed) => {
      const own = request.headers as Headers;
      const print = { method: request.method, own, body: options.body, terminal: context.terminal };
      const query = canonicalQuery(request.query);
      if (signed.kind === "aws") {
        PRINTERS[format]({
          ...print,
          url: addressText(address, query),
          headers: [...own, ...signed.headers],
        });
      } else if (signed.kind === "aws_presigned") {
        PRINTERS[format]({
          ...print,
          url: addressText(address, signed.query),
          headers: own,
          presigned: true,
        });
      } else throw notThatAnswer();
    },
  );
}

async function toRequest(method: string, address: Address, options: AwsOptions): Promise<AwsSignRequest> {
  const { key, service, region, accessKeyId, idName, sessionTokenName } = options;
  if ((accessKeyId === undefined) === (idName === undefined)) {
    throw wrongUsage("Say whose key it is: either --access-key-id ID or --id-name NAME");
  }
  const known = HTTP_METHODS.find((one) => one === method.toUpperCase());
  if (known === undefined) throw wrongUsage(`The method is none of ${HTTP_METHODS.join(", ")}`);
  return {
    kind: "aws",
    name: key,
    ...(accessKeyId === undefined ? {} : { access_key_id: accessKeyId }),
    ...(idName === undefined ? {} : { access_key_id_name: idName }),
    ...(sessionTokenName === undefined ? {} : { session_token_name: sessionTokenName }),
    service,
    region,
    method: known,
    host: address.host,
    path: address.path,
    query: address.query.map(([name, value]) => [name, value]),
    headers: readHeaders(options.header ?? []),
    payload_sha256: await payloadOf(options),
    ...presignOf(options.presign),
  };
}

interface Address {
  readonly protocol: string;
  readonly host: string;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
}

function readAddress(text: string, service: string): Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined || !["https:", "http:"].includes(url.protocol) || url.username !== "" || url.hash !== ""
  ) {
    throw wrongUsage(
      "The address is no URL of the form https://host/path?query, without a login or a #fragment",
    );
  }
  const query = readQuery(url.search.slice(1));
  if (query === undefined) {
    throw wrongUsage(
      "The query of the address is ambiguous: write a space as %20, a plus as %2B, the rest in UTF-8",
    );
  }
  const path = isS3Like(service) ? s3Path(url.pathname) : url.pathname;
  return { protocol: url.protocol, host: url.host, path, query };
}

function addressText({ protocol, host, path }: Address, query: string): string {
  return `${protocol}//${host}${path}${query === "" ? "" : `?${query}`}`;
}

function readHeaders(lines: readonly string[]): [string, string][] {
  return lines.map((line) => {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e]*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) return [name, value.trimEnd()];
    throw wrongUsage("A --header has the form 'name: value', in ASCII");
  });
}

async function payloadOf({ body, unsignedPayload }: AwsOptions): Promise<string> {
  if (unsignedPayload) return UNSIGNED_PAYLOAD;
  return body === undefined ? sha256Hex("") : await digestInput(body);
}

function presignOf(text: string | undefined): { readonly presign_seconds?: number } {
  if (text === undefined) return {};
  const presign_seconds = parseDuration(text);
  if (presign_seconds !== undefined && presign_seconds <= MAX_PRESIGN_SECONDS) return { presign_seconds };
  throw wrongUsage("--presign takes a time of at most 7d, as in 90s, 15m, 12h");
}

interface Printed {
  readonly method: string;
  readonly url: string;
  /** All that are to be sent, but Host. */
  readonly headers: Headers;
  /** Those that were given. */
  readonly own: Headers;
  readonly body: string | undefined;
  readonly presigned?: true;
  readonly terminal: CliContext["terminal"];
}

const PRINTERS: Readonly<Record<"headers" | "curl" | "json", (printed: Printed) => void>> = {
  headers: ({ url, headers, presigned, own, terminal }) => {
    if (presigned !== true) return headers.forEach(([name, value]) => terminal.data(`${name}: ${value}`));
    terminal.data(url);
    if (own.length > 0) terminal.note("The address is good only with the headers that were given");
  },
  curl: (printed) => curlLines(printed).forEach((line) => printed.terminal.data(line)),
  json: ({ method, url, headers, terminal }) =>
    terminal.json({ ok: true, method, url, headers: Object.fromEntries(joined(headers)) }),
};

/** A file for `curl -K`. The method and the headers are exactly those that were signed. */
function curlLines({ method, url, headers, own, body }: Printed): string[] {
  const saysType = own.some(([name]) => name.toLowerCase() === "content-type");
  return [
    `url = ${quoted(url)}`,
    method === "HEAD" ? "head" : `request = ${quoted(method)}`,
    "globoff",
    "path-as-is",
    ...headers.map(([name, value]) => `header = ${quoted(`${name}: ${value}`)}`),
    // Else curl says that the body is a form.
    ...(body === undefined || saysType ? [] : [`header = "Content-Type:"`]),
    ...(body === undefined ? [] : [`data-binary = ${quoted(`@${body}`)}`]),
  ];
}

/** As curl reads it; a line end in the name of a file begins no line of its own. */
function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, (mark) => `\\${mark}`).replaceAll("\n", "\\n").replaceAll("\r", "\\r")}"`;
}

/** Several of one name are one whose values are joined, as they were signed. */
function joined(headers: Headers): Map<string, string> {
  const all = new Map<string, string>();
  for (const [name, value] of headers) all.set(name, all.has(name) ? `${all.get(name)},${value}` : value);
  return all;
}
