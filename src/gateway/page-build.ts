/** One web page, bundled in memory with all it imports, and what it says of itself. From: site.ts. */
import { stat } from "node:fs/promises";
import { dirname, relative } from "node:path";

export interface SiteFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly zipped: Uint8Array<ArrayBuffer> | undefined;
  readonly type: string;
  /** Named by its content, so it never changes. */
  readonly immutable: boolean;
}

/** For the landing page. Texts are HTML as the page has it: character references stay as they are written. */
export interface PageCard {
  readonly path: string;
  readonly title: string;
  readonly description: string;
  /** An address on this server, or the picture itself as `data:`. */
  readonly icon: string | undefined;
}

export interface BuiltPage {
  readonly html: SiteFile;
  /** By path: scripts, styles, pictures. */
  readonly assets: ReadonlyMap<string, SiteFile>;
  readonly card: PageCard;
}

const zippedBytesMin = 1_024;

/** `file`: an absolute path. Rejects if it is not there or cannot be built, and says so. */
export async function buildPage(path: string, file: string): Promise<BuiltPage> {
  if (!(await isFile(file))) throw new TypeError(`the page ${path} cannot be served: there is no file ${file}`);
  const built = await Bun.build({
    entrypoints: [file],
    target: "browser",
    minify: true,
    splitting: true,
    publicPath: "/",
    define: { "process.env.NODE_ENV": '"production"' },
    naming: { entry: "[name].[ext]", chunk: "assets/[name]-[hash].[ext]", asset: "assets/[name]-[hash].[ext]" },
    root: dirname(file),
    throw: false,
  });
  if (!built.success) throw new TypeError(`the page ${path} cannot be built from ${file}:\n${built.logs.map(String).join("\n")}`);
  const assets = new Map<string, SiteFile>();
  let html: SiteFile | undefined;
  for (const output of built.outputs) {
    const name = `/${relative(".", output.path)}`;
    const body = new Uint8Array(await output.arrayBuffer());
    const { type } = output;
    const zipped = body.length >= zippedBytesMin && /text|javascript|json|svg/.test(type) ? Bun.gzipSync(body) : undefined;
    const made = { body, zipped, type, immutable: name.startsWith("/assets/") };
    if (output.kind === "entry-point" && type.startsWith("text/html")) html = made;
    else assets.set(name, made);
  }
  if (html === undefined) throw new TypeError(`the page ${path} cannot be served: ${file} is no HTML`);
  return { html, assets, card: readCard(path, new TextDecoder().decode(html.body)) };
}

const isFile = (file: string): Promise<boolean> =>
  stat(file).then(
    (found) => found.isFile(),
    () => false,
  );

/** The first of each counts. */
function readCard(path: string, html: string): PageCard {
  let titles = 0;
  let title = "";
  let description: string | undefined;
  let icon: string | undefined;
  new HTMLRewriter()
    .on("title", {
      element: () => void titles++,
      text: ({ text }) => {
        if (titles === 1) title += text;
      },
    })
    .on('meta[name="description"]', {
      element: (meta) => {
        description ??= meta.getAttribute("content") ?? undefined;
      },
    })
    .on('link[rel~="icon"]', {
      element: (link) => {
        icon ??= link.getAttribute("href") ?? undefined;
      },
    })
    .transform(html);
  return { path, title: inert(title) || path, description: inert(description ?? ""), icon: ours(icon) };
}

/** Without `<` and quotes, text can be nothing but text wherever it is put. `&` stays: it was HTML before. */
const inert = (text: string): string =>
  text.trim().replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");

/** Pictures from elsewhere are not asked for (`img-src`). */
const ours = (address: string | undefined): string | undefined =>
  address !== undefined && /^(\/[^/]|data:image\/)/.test(address) ? inert(address) : undefined;
