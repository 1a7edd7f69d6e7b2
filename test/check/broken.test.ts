/** Each machine in broken/ is wrong in one way; the checker finds exactly that. */
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { checkFile } from "../../src/check/check-file.ts";
import type { FindingCode } from "../../src/check/finding.ts";

const folder = join(import.meta.dir, "broken");
const codes = readdirSync(folder)
  .map((file) => file.replace(".ts", ""))
  .sort();

/** The compiler has this complete. */
const all: Readonly<Record<FindingCode, true>> = {
  type: true,
  version: true,
  "machine-id": true,
  "command-name": true,
  "command-stamp": true,
  "migrate-version": true,
  "own-without-view": true,
  "undo-unknown": true,
  limit: true,
  "reason-unknown": true,
  "reason-missing": true,
  "guard-unnamed": true,
  "guard-unknown": true,
  "delay-unknown": true,
  "delayed-send": true,
  "service-unnamed": true,
  "service-system-id": true,
  "service-on-error": true,
  "no-migrate": true,
  "event-without-schema": true,
  "app-handles-core": true,
  "crosses-regions": true,
  "never-reached": true,
  "never-accepted": true,
  "dead-end": true,
  "regions-disagree": true,
  "always-reads-event": true,
  throws: true,
  impure: true,
  "not-deterministic": true,
  mutates: true,
  "not-json": true,
  "not-restored": true,
  invariant: true,
  "view-throws": true,
  "view-differs": true,
  "view-not-json": true,
  "view-leaks": true,
  "secret-shown": true,
  "readme-stale": true,
};

describe("[check] a broken machine gives exactly its one finding:", () => {
  for (const code of codes) {
    test(code, async () => {
      const { reports, findings } = await checkFile(join(folder, `${code}.ts`), { write: false });
      const found = [...findings, ...reports.flatMap((report) => report.findings)];
      expect(found).toEqual([expect.objectContaining({ code, text: expect.any(String) })]);
    });
  }
});

test("[check] every kind of finding has its broken machine, and its row in the docs", async () => {
  const known = Object.keys(all).sort();
  // machines.test.ts has the README's.
  expect([...codes, "readme-stale"].sort()).toEqual(known);
  const docs = await Bun.file(join(import.meta.dir, "../../docs/machines.md")).text();
  const section = docs.slice(docs.indexOf("## Findings"));
  expect([...section.matchAll(/^\| `([a-z-]+)`/gm)].map(([, code]) => code ?? "").sort()).toEqual(known);
});
