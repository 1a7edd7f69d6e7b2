/** Each machine in broken/ is wrong in one way; the checker finds exactly that. */
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { checkFile } from "../../src/check/check-file.ts";

const folder = join(import.meta.dir, "broken");
const files = readdirSync(folder).sort();

describe("[check] a broken machine gives exactly its one finding:", () => {
  for (const file of files) {
    test(file.replace(".ts", ""), async () => {
      const { reports, findings } = await checkFile(join(folder, file), { write: false });
      const found = [...findings, ...reports.flatMap((report) => report.findings)];
      expect(found.map(({ code, text }) => ({ code, text }))).toEqual([
        { code: file.replace(".ts", "") as never, text: expect.any(String) },
      ]);
    });
  }
});
