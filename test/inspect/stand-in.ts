/** Stately's address answered here, in a browser: by a page that has Stately's own receiver. */
import { join } from "node:path";
import type { Frame, Page, Request } from "playwright-core";

export const statelyPage = "https://stately.ai/inspect";

const standIn = await Bun.build({
  entrypoints: [join(import.meta.dir, "../browser/pages/stately.ts")],
  target: "browser",
  minify: true,
});
const script = await standIn.outputs[0]?.text();

/** `waits`: it does not connect by itself. Returns what is asked of that address. */
export async function answerForStately(page: Page, { waits = false } = {}): Promise<readonly Request[]> {
  const asked: Request[] = [];
  const body = `<!doctype html><html${waits ? " data-waits" : ""}><body><script type="module" src="/receiver.js"></script></body></html>`;
  await page.route("https://stately.ai/**", (route) => {
    asked.push(route.request());
    const isScript = route.request().url().endsWith("/receiver.js");
    return route.fulfill(isScript ? { contentType: "text/javascript", body: script ?? "" } : { contentType: "text/html", body });
  });
  return asked;
}

export function statelyIn(page: Page): Frame {
  const frame = page.frame({ url: statelyPage });
  if (frame === null) throw new Error("there is no frame with Stately's page");
  return frame;
}
