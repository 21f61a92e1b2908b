/** `/openapi.json`, and `/docs`, which is the same to browse. Both are made when they are asked for first, and kept. */

import * as z from "zod";
import { publicSha256Hex } from "../../shared/crypto/hash.ts";
import { utf8 } from "../../shared/encoding.ts";
import { PAGE_HEADERS } from "../dashboard/answers.ts";
import { publicEndpoint } from "../http/endpoint.ts";
import type { Incoming } from "../http/incoming.ts";
import type { Routes } from "../http/mount.ts";
import { apiDocument } from "../openapi/document.ts";
import { docsPage } from "../openapi/page.tsx";

const Document = z.looseObject({ openapi: z.string() });

/** @param api all routes that are no pages, but for the document's own */
export function apiDocumentRoutes(api: Routes): Routes {
  const document = once(() => apiDocument({ ...api, ...routes }));
  const json = kept(() => JSON.stringify(document()), { "Content-Type": "application/json" });
  const page = kept(() => `<!doctype html>${docsPage(document())}`, PAGE_HEADERS);
  const routes: Routes = {
    "GET /openapi.json": publicEndpoint(
      { keyUser: false, answer: Document },
      async ({ incoming }) => json(incoming),
    ),
    "GET /docs": publicEndpoint({ keyUser: false }, async ({ incoming }) => page(incoming)),
  };
  return routes;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/**
 * The same bytes for everybody, until another version of the program: who has them already gets 304 (RFC 9110 section 13.1.2), and
 * they are packed once, so that asking again and again costs nothing. Caches between do not keep them, as they may be packed.
 */
function kept(make: () => string, headers: Readonly<Record<string, string>>) {
  const text = once(make);
  const packed = once(() => gzip(text()));
  const tag = once(() => `W/"${publicSha256Hex(utf8(text())).slice(0, 32)}"`);
  return async (incoming: Incoming): Promise<Response> => {
    const own = { ...headers, "Cache-Control": "private, no-cache", "ETag": tag() };
    const known = (incoming.header("If-None-Match") ?? "").split(/\s*,\s*/);
    if (known.includes(tag())) return new Response(null, { status: 304, headers: own });
    if (!/\bgzip\b/.test(incoming.header("Accept-Encoding") ?? "")) {
      return new Response(text(), { headers: own });
    }
    return new Response(await packed(), { headers: { ...own, "Content-Encoding": "gzip" } });
  };
}

async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return await new Response(stream).bytes();
}
