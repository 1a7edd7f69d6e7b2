/**
 * The web pages of apps, served with headers of our own: HTML imports of Bun can carry none in production.
 * From: server.ts, at the start. Without `fresh`, pages are built once; with it, a page is built anew whenever it is asked for.
 */
import { resolve } from "node:path";
import { type BuiltPage, buildPage, type PageCard, type SiteFile } from "./page-build.ts";
import { type Pages, pathProblem } from "./page-paths.ts";

/** Everything that a page needs comes from this server; nothing is ever inline. `connect-src 'self'` covers its WebSockets. */
export const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

interface Page {
  readonly file: string;
  built: BuiltPage;
}

export class Site {
  readonly #pages: ReadonlyMap<string, Page>;
  readonly #fresh: boolean;
  readonly #policyOf: (path: string) => string;

  private constructor(pages: ReadonlyMap<string, Page>, fresh: boolean, policyOf: (path: string) => string) {
    this.#pages = pages;
    this.#fresh = fresh;
    this.#policyOf = policyOf;
  }

  /** Rejects with a `TypeError` that says which page stands in the wrong place, is not there, or cannot be built, and why. */
  static async build(pages: Pages, fresh: boolean, policyOf: (path: string) => string = () => pagePolicy): Promise<Site> {
    for (const path of Object.keys(pages)) {
      const problem = pathProblem(path);
      if (problem !== undefined) throw new TypeError(`pages: ${problem}`);
    }
    const built = Object.entries(pages).map(async ([path, name]) => {
      const file = resolve(name);
      return [path, { file, built: await buildPage(path, file) }] as const;
    });
    return new Site(new Map(await Promise.all(built)), fresh, policyOf);
  }

  get cards(): readonly PageCard[] {
    return [...this.#pages.values()].map(({ built }) => built.card);
  }

  async respond(request: Request): Promise<Response | undefined> {
    const { pathname, search } = new URL(request.url);
    const page = this.#pages.get(pathname);
    if (page !== undefined) {
      // A mistake in an edit is told, and must not take the page away from who has it.
      if (this.#fresh) page.built = await buildPage(pathname, page.file);
      return this.#serve(page.built.html, request);
    }
    if (pathname.endsWith("/") && this.#pages.has(pathname.slice(0, -1)))
      return new Response(null, { status: 308, headers: { location: `${pathname.slice(0, -1)}${search}` } });
    for (const { built } of this.#pages.values()) {
      const file = built.assets.get(pathname);
      if (file !== undefined) return this.#serve(file, request);
    }
    return undefined;
  }

  #serve({ body, zipped, type, immutable }: SiteFile, request: Request): Response {
    const zip = zipped !== undefined && /\bgzip\b/.test(request.headers.get("accept-encoding") ?? "");
    return new Response(zip ? zipped : body, {
      headers: {
        "content-type": type,
        "content-security-policy": this.#policyOf(new URL(request.url).pathname),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": immutable ? "public, max-age=31536000, immutable" : "no-cache",
        vary: "accept-encoding",
        ...(zip ? { "content-encoding": "gzip" } : {}),
      },
    });
  }
}
