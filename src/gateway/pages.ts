/** What a browser or a load balancer asks for: the page at `/` or else the landing page, /livez, /readyz. From: Bun.serve's routes. */
import type { Clock } from "../clock.ts";
import type { Journal } from "../journal/port.ts";
import type { Directory } from "../room/directory.ts";
import { landingPage } from "./landing-page.ts";
import { pagePolicy, type Site } from "./site.ts";
import type { Connected } from "./upgrade.ts";

export interface PageOptions {
  readonly isDraining: () => boolean;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly connected: Connected;
  readonly types: readonly string[];
  readonly site: Site;
}

/** A journal probe is a real write: one at a time, and not more often than this. */
const probeEveryMs = 1_000;

export function pageRoutes(options: PageOptions) {
  const { isDraining, journal, clock, directory, connected, types, site } = options;
  let probedMs = -Infinity;
  let probe: Promise<string | undefined> = Promise.resolve(undefined);
  const journalProblem = (): Promise<string | undefined> => {
    if (clock.monotonic() - probedMs >= probeEveryMs) {
      probedMs = clock.monotonic();
      probe = journal.probe().then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
    }
    return probe;
  };
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
    "/livez": { GET: () => new Response("ok", { headers }) },
    "/readyz": {
      GET: async () => {
        if (isDraining()) return new Response("draining", { status: 503, headers });
        const problem = await journalProblem();
        return problem === undefined
          ? new Response("ok", { headers })
          : new Response(`the journal cannot write: ${problem}`, { status: 503, headers });
      },
    },
  };
}
