/** A real provider of OpenID Connect on a free port of this machine, and a browser that goes there and back. */

import { createServer } from "node:http";
import Provider from "oidc-provider";

export interface ProviderPerson {
  readonly email: string;
  readonly emailVerified?: boolean;
  readonly groups?: readonly string[];
}

export interface TestProvider {
  readonly issuer: string;
  /** By login name; may be changed while it runs. */
  readonly people: Map<string, ProviderPerson>;
  close(): Promise<void>;
}

export const CLIENT = { id: "cortex", secret: "a-client-secret-of-some-length" };

/** Starts it; `redirectUri` is the only address that it sends people back to. */
export async function startProvider(redirectUri: string): Promise<TestProvider> {
  const people = new Map<string, ProviderPerson>();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const issuer = `http://127.0.0.1:${address.port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: CLIENT.id,
      client_secret: CLIENT.secret,
      redirect_uris: [redirectUri],
      grant_types: ["authorization_code"],
      response_types: ["code"],
    }],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["groups"] },
    cookies: { keys: ["a key of this test"] },
    findAccount: (_ctx: unknown, sub: string) => ({
      accountId: sub,
      claims: () => claimsOf(sub, people.get(sub)),
    }),
    loadExistingGrant: async (ctx: GrantContext) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
  });
  server.on("request", provider.callback());
  return {
    issuer,
    people,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

interface Grant {
  addOIDCScope(scope: string): void;
  save(): Promise<unknown>;
}

interface GrantContext {
  readonly oidc: {
    readonly provider: { readonly Grant: new (facts: Readonly<Record<string, unknown>>) => Grant };
    readonly client: { readonly clientId: string };
    readonly session: { readonly accountId: string };
  };
}

function claimsOf(sub: string, person: ProviderPerson | undefined) {
  return {
    sub,
    email: person?.email,
    email_verified: person?.emailVerified ?? true,
    groups: person?.groups ?? [],
  };
}

/** Goes to the provider's address, signs in there, and gives the address that it sends the browser back to. */
export async function visitProvider(start: string, login: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let next = start;
  let init: RequestInit = {};
  for (let hop = 0; hop < 10; hop++) {
    const answer = await fetch(next, {
      ...init,
      redirect: "manual",
      headers: {
        ...init.headers,
        Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
      },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const text = await answer.text();
    const location = answer.headers.get("Location");
    if (location === null) {
      const action = /<form[^>]*action="([^"]+)"/.exec(text)?.[1];
      if (action === undefined) throw new Error(`the provider shows no form: ${text.slice(0, 500)}`);
      next = new URL(action, next).href;
      init = {
        method: "POST",
        headers: { "Content-Type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ prompt: "login", login, password: "any" }).toString(),
      };
      continue;
    }
    const target = new URL(location, next);
    if (target.origin !== new URL(start).origin) return target;
    [next, init] = [target.href, {}];
  }
  throw new Error("the provider leads nowhere");
}
