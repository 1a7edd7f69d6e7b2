/** What a browser or a load balancer asks for: the page at `/` or else the landing page, /livez, /readyz. From: Bun.serve's routes. */
import type { Directory } from "../room/directory.ts";
import { type HealthOptions, healthRoutes } from "./health.ts";
import { landingPage } from "./landing-page.ts";
import { pagePolicy, type Site } from "./site.ts";
import type { Connected } from "./upgrade.ts";

export interface PageOptions extends HealthOptions {
  readonly directory: Directory;
  readonly connected: Connected;
  readonly types: readonly string[];
  readonly site: Site;
}

export function pageRoutes(options: PageOptions) {
  const { directory, connected, types, site } = options;
  const headers = {
    "content-security-policy": pagePolicy,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
  };
  return {
    "/": {
      GET: async (request: Request) =>
        (await site.respond(request)) ??
        new Response(landingPage({ cards: site.cards, types, rooms: directory.size, connections: connected.all.size }), {
          headers: { ...headers, "content-type": "text/html; charset=utf-8" },
        }),
    },
    "/landing.css": {
      GET: () =>
        new Response(Bun.file(new URL("./landing.css", import.meta.url)), {
          headers: { ...headers, "content-type": "text/css; charset=utf-8" },
        }),
    },
    ...healthRoutes(options),
  };
}
