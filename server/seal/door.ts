/**
 * All that a sealed server answers: that it lives, that it is sealed (to browsers as a page), and attempts to unseal it. No key, no
 * log, no other route.
 */

import { type Context, Hono } from "hono";
import { type SealStatus, UnsealRequest } from "../../shared/api/seal.ts";
import { VaultError } from "../../shared/errors.ts";
import { assetAnswer } from "../dashboard/assets.ts";
import { sealedPage, wantsPage } from "../dashboard/sealed.tsx";
import type { RequestLog } from "../http/adapter.ts";
import { bugAnswer, errorAnswer, successAnswer } from "../http/answer.ts";
import { isJsonContentType, parseJsonBody, readBody } from "../http/body.ts";
import { Incoming } from "../http/incoming.ts";
import type { HonoEnv } from "../http/mount.ts";
import { validate } from "../http/validate.ts";
import type { ClientAddress } from "../middleware/client_address.ts";
import type { Origin } from "../audit/entry.ts";

export interface DoorDeps {
  readonly addresses: ClientAddress;
  readonly log: RequestLog;
  readonly status: () => SealStatus;
  /** Gives the status after it. @throws VaultError */
  readonly unseal: (request: UnsealRequest, origin: Origin) => Promise<SealStatus>;
}

/** The application of a sealed server. */
export function sealedDoor(deps: DoorDeps): Hono<HonoEnv> {
  const door = new Hono<HonoEnv>();
  const answer = (work: (incoming: Incoming) => unknown) => async (context: Context<HonoEnv>) => {
    const incoming = new Incoming(context, deps.addresses.of(context.env, context.req.raw.headers));
    try {
      return successAnswer(await work(incoming), 200, incoming);
    } catch (error) {
      if (error instanceof VaultError) return errorAnswer(error, incoming);
      deps.log.error("unseal failed", { request_id: incoming.requestId, error });
      return bugAnswer(incoming);
    }
  };
  door.get("/healthz", answer(() => ({ status: "ok" })));
  door.get("/sys/seal-status", answer(() => deps.status()));
  door.post(
    "/sys/unseal",
    answer(async (incoming) => deps.unseal(await readRequest(incoming), incoming.origin)),
  );
  door.get("/assets/:file", answer((incoming) => assetAnswer(incoming.param("file")) ?? fail()));
  door.notFound(answer((incoming) => wantsPage(incoming) ? sealedPage(incoming) : fail()));
  return door;
}

async function readRequest(incoming: Incoming): Promise<UnsealRequest> {
  if (!isJsonContentType(incoming.header("Content-Type"))) {
    throw new VaultError("request.unsupported_media_type", "The body has to be application/json");
  }
  return validate(UnsealRequest, parseJsonBody(await readBody(incoming.raw)), "body");
}

function fail(): never {
  throw new VaultError("server.sealed", "The vault is sealed; unseal it with cortex admin unseal");
}
