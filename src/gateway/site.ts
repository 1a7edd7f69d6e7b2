/**
 * Web pages of an app, bundled in memory and served with headers of our own: HTML imports of Bun can carry none in production.
 * From: server.ts, at the start. Without `fresh`, files are built once; with it, anew whenever the page itself is asked for.
 */
import { dirname, relative, resolve } from "node:path";

export interface SiteFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly zipped: Uint8Array<ArrayBuffer> | undefined;
  readonly type: string;
  /** Named by its content, so it never changes. */
  readonly immutable: boolean;
}

/** Everything that a page needs comes from this server; nothing is ever inline. `connect-src 'self'` covers its WebSockets. */
export const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const zippedBytesMin = 1_024;

export class Site {
  readonly #page: string;
  readonly #fresh: boolean;
  #files: Promise<ReadonlyMap<string, SiteFile>>;

  /** `page`: an HTML file, to be served at `/`. */
  constructor(page: string, fresh: boolean) {
    this.#page = resolve(page);
    this.#fresh = fresh;
    this.#files = build(this.#page);
  }

  /** Rejects if the page cannot be built, with what the bundler says. */
  async ready(): Promise<void> {
    await this.#files;
  }

  async respond(request: Request): Promise<Response | undefined> {
    const { pathname } = new URL(request.url);
    if (this.#fresh && pathname === "/") {
      const rebuilt = build(this.#page);
      // A mistake in an edit must not take the page away from who has it.
      this.#files = rebuilt.catch(() => this.#files);
      await rebuilt;
    }
    const file = (await this.#files).get(pathname);
    if (file === undefined) return undefined;
    const zip = file.zipped !== undefined && /\bgzip\b/.test(request.headers.get("accept-encoding") ?? "");
    return new Response(zip ? file.zipped : file.body, {
      headers: {
        "content-type": file.type,
        "content-security-policy": pagePolicy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": file.immutable ? "public, max-age=31536000, immutable" : "no-cache",
        vary: "accept-encoding",
        ...(zip ? { "content-encoding": "gzip" } : {}),
      },
    });
  }
}

async function build(page: string): Promise<ReadonlyMap<string, SiteFile>> {
  const built = await Bun.build({
    entrypoints: [page],
    target: "browser",
    minify: true,
    splitting: true,
    publicPath: "/",
    define: { "process.env.NODE_ENV": '"production"' },
    naming: { entry: "[name].[ext]", chunk: "assets/[name]-[hash].[ext]", asset: "assets/[name]-[hash].[ext]" },
    root: dirname(page),
  });
  const files = new Map<string, SiteFile>();
  for (const output of built.outputs) {
    const path = `/${relative(".", output.path)}`;
    const body = new Uint8Array(await output.arrayBuffer());
    const type = output.type;
    const zipped = body.length >= zippedBytesMin && /text|javascript|json|svg/.test(type) ? Bun.gzipSync(body) : undefined;
    const isPage = output.kind === "entry-point" && type.startsWith("text/html");
    files.set(isPage ? "/" : path, { body, zipped, type, immutable: path.startsWith("/assets/") });
  }
  return files;
}
