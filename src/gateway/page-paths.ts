/** Where pages may stand: beside what the server answers itself. From: config.ts, apps.ts, site.ts. */

/** By HTML file, for example `{"/board": "web/board.html"}`; one at `/` takes the landing page's place. */
export type Pages = Readonly<Record<string, string>>;

/** The server's own first names. */
const taken: ReadonlySet<string> = new Set(["rooms", "livez", "readyz", "assets"]);
const pathPattern = /^\/(|[a-z0-9][a-z0-9-]*(\/[a-z0-9][a-z0-9-]*)*)$/;

/** Why no page can be there, in words for whoever configures it. */
export function pathProblem(path: string): string | undefined {
  if (!pathPattern.test(path))
    return `'${path}' is no path for a page: that is / or /name, of lower-case letters, digits and dashes, without a slash at its end`;
  const [, first = ""] = path.split("/");
  return taken.has(first) ? `'${path}' is taken: the server answers /${first} itself` : undefined;
}
