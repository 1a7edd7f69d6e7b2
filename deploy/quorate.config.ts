/**
 * A configuration for a public server, to begin with: every app in examples/, for people whom your site has signed in. From: Dockerfile, deploy/quorate.service.
 * Your site sets the cookie `quorate` to `signed({user, name, role, expiresAt}, key)`, for the host that pages and rooms are on. Whoever has none is turned away.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import { type Auth, apps, defineConfig, type Principal, type Role } from "../src/index.ts";

interface SignedIn extends Principal {
  readonly role: Role;
  readonly expiresAt: number;
}

/** What the cookie holds: the claims and their HMAC-SHA256, both in base64url, with a dot between. */
export function signed(claims: SignedIn, key: string): string {
  const body = Buffer.from(JSON.stringify(claims)).toString("base64url");
  return `${body}.${mac(body, key).toString("base64url")}`;
}

/** The claims, if that key signed them. That they have expired is for the server to find. */
function opened(text: string, key: string): SignedIn | undefined {
  const [body = "", shown = ""] = text.split(".");
  const [known, given] = [mac(body, key), Buffer.from(shown, "base64url")];
  if (known.length !== given.length || !timingSafeEqual(known, given)) return undefined;
  return JSON.parse(Buffer.from(body, "base64url").toString()) as SignedIn;
}

const mac = (body: string, key: string): Buffer => createHmac("sha256", key).update(body).digest();

export function cookieAuth(key: string): Auth {
  if (key.length < 32) throw new TypeError("QUORATE_SIGN_IN_KEY: at least 32 characters");
  const roles = new WeakMap<Principal, Role>();
  return {
    authenticate({ request }) {
      const cookie = /(?:^|; )quorate=([\w.-]+)/.exec(request.headers.get("cookie") ?? "")?.[1];
      const claims = cookie === undefined ? undefined : opened(cookie, key);
      if (claims !== undefined) roles.set(claims, claims.role);
      return claims;
    },
    authorize: (principal) => roles.get(principal),
  };
}

export default defineConfig({
  ...(await apps(join(import.meta.dir, "../examples"))),
  auth: cookieAuth(process.env["QUORATE_SIGN_IN_KEY"] ?? ""),
  // Behind a proxy all connections come from its address: the proxy limits them per client (docs/deploy.md).
  limits: { connectionsPerAddressMax: 20_000 },
});
