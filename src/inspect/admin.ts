/**
 * The admin listener: the inspector's pages, its API and its stream, and the metrics, on a port of its own, for whoever has the token.
 * From: gateway/server.ts. To: admin-api.ts, watcher-socket.ts. Never on the public port; nothing but the pages' own code without the token.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { Server } from "bun";
import type { Clock } from "../clock.ts";
import { isLoopback } from "../gateway/loopback.ts";
import { pagePolicy, Site } from "../gateway/site.ts";
import { type ApiOptions, adminApi, failure } from "./admin-api.ts";
import type { Inspection } from "./inspection.ts";
import { type WatcherData, watcherSocket } from "./watcher-socket.ts";

export interface AdminListenerOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0: any free port. Default: the one after the public port, or any free one where that is taken. */
  readonly port?: number;
  /** At least 16 characters. */
  readonly token: string;
}

export interface AdminOptions extends AdminListenerOptions, ApiOptions {
  readonly clock: Clock;
  readonly inspection: Inspection;
  /** The public port. */
  readonly beside: number;
  readonly onTrouble: (where: string, error: unknown) => void;
  readonly scrape: Scrape | undefined;
}

/** What `/metrics` answers. */
export interface Scrape {
  readonly contentType: string;
  text(): Promise<string>;
}

export interface Admin {
  readonly url: URL;
  stop(): Promise<void>;
}

export const adminTokenCharsMin = 16;

const page = (name: string): string => fileURLToPath(new URL(`./page/${name}`, import.meta.url));
const statelyPath = "/inspect/stately";
const pages = { "/inspect": page("index.html"), [statelyPath]: page("stately.html") };
/** Stately's page is in a frame of that one; what it is told goes by messages, never by addresses. */
const policyOf = (path: string): string => (path === statelyPath ? `${pagePolicy}; frame-src https://stately.ai` : pagePolicy);

export function serveAdmin(options: AdminOptions): Admin {
  const { host = "127.0.0.1", port, beside, token, onTrouble, scrape } = options;
  if (token.length < adminTokenCharsMin) throw new TypeError(`the admin token must have at least ${adminTokenCharsMin} characters`);
  const isToken = tokenCheck(token);
  const api = adminApi(options);
  // Built when somebody first asks: most servers are never looked at.
  let site: Promise<Site> | undefined;
  const siteOnce = (): Promise<Site> => {
    site ??= Site.build(pages, false, policyOf);
    site.catch(() => {
      site = undefined;
    });
    return site;
  };

  async function respond(request: Request, server: Server<WatcherData>): Promise<Response | undefined> {
    const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
    // A foreign page can make its own name lead to this machine; but then it says that name.
    if (url === undefined || (isLoopback(host) && !isLoopback(url.hostname.replace(/^\[|\]$/g, ""))))
      return failure(421, "MISDIRECTED", "This listener is asked for by its address.");
    const { pathname } = url;
    if (pathname === "/api/stream" || pathname === "/stately") {
      const origin = request.headers.get("origin");
      if (origin !== null && !isSameHost(origin, url)) return failure(403, "PERMISSION_DENIED", "This origin may not connect.");
      const forStately = pathname === "/stately";
      if (forStately && !isToken(url.searchParams.get("token"))) return unauthorized();
      if (server.upgrade(request, { data: { forStately, state: undefined } })) return undefined;
      return failure(426, "UPGRADE_REQUIRED", "This is a WebSocket address.");
    }
    if (request.method !== "GET") return failure(405, "METHOD_NOT_ALLOWED", "Only GET.");
    const isMetrics = pathname === "/metrics" && scrape !== undefined;
    if (isMetrics || pathname.startsWith("/api/")) {
      const given = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
      if (!isToken(given)) return unauthorized();
      return isMetrics ? new Response(await scrape.text(), { headers: metricsHeaders(scrape.contentType) }) : api(url);
    }
    if (pathname === "/") return new Response(null, { status: 302, headers: { location: "/inspect" } });
    return (await (await siteOnce()).respond(request)) ?? failure(404, "NOT_FOUND", "There is nothing here. The inspector is at /inspect.");
  }

  const listen = (on: number): Server<WatcherData> =>
    Bun.serve<WatcherData>({
      hostname: host,
      port: on,
      development: false, // Bun's error page shows source
      fetch: (request, server) =>
        respond(request, server).catch((error: unknown) => {
          onTrouble("the admin listener", error);
          return failure(500, "INTERNAL", "The server failed on this; its log says how.");
        }),
      websocket: watcherSocket({ ...options, isToken }),
    });
  const bun = port === undefined ? listenBeside(listen, beside) : listen(port);
  return { url: bun.url, stop: () => bun.stop(true) };
}

const portMax = 65_535;

/** Nobody asked for that very port. */
function listenBeside<S>(listen: (port: number) => S, beside: number): S {
  try {
    return listen(beside < portMax ? beside + 1 : 0);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
    return listen(0);
  }
}

const metricsHeaders = (contentType: string) => ({
  "content-type": contentType,
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
});

// Not by the whole origin: behind TLS the page's is https, and the request that arrives here is http.
const isSameHost = (origin: string, { host }: URL): boolean => URL.canParse(origin) && new URL(origin).host === host;

const unauthorized = (): Response => failure(401, "UNAUTHENTICATED", "The token is missing or wrong. The server printed it at its start.");

/** By digests, so that neither content nor length shows in the time it takes. */
function tokenCheck(token: string): (given: unknown) => boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const known = digest(token);
  return (given) => typeof given === "string" && timingSafeEqual(digest(given), known);
}
