/**
 * `bun run machines check [--write] [file…]`: without files, every examples/<app>/room.ts. Exit status: 0 clean, 1 findings, 2 something could not be checked.
 * `bun run machines print <file or type>`: what to paste into Stately Studio. Exit status: 0, or 2 if there is nothing to print. A composition root.
 */
import { readdir } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { CannotCheck, checkFile, isFile } from "./check-file.ts";
import { findingsText, reportText } from "./print.ts";
import { printed } from "./print-studio.ts";

const usage = "usage: bun run machines check [--write] [file…]\n       bun run machines print <file or type>";

async function main(args: readonly string[]): Promise<0 | 1 | 2> {
  const [verb, ...rest] = args;
  const [subject] = rest;
  if (verb === "print" && subject !== undefined && rest.length === 1 && !subject.startsWith("-")) return print(subject);
  const unknown = rest.find((arg) => arg.startsWith("-") && arg !== "--write");
  if (verb !== "check" || unknown !== undefined) {
    console.error(unknown === undefined ? usage : `there is no option ${unknown}\n${usage}`);
    return 2;
  }
  const named = rest.filter((arg) => arg !== "--write").map((file) => resolve(file));
  const files = named.length > 0 ? named : await roomFiles(resolve("examples"));
  if (files.length === 0) console.error("there is no examples/<app>/room.ts; name a file");
  const write = rest.includes("--write");
  let worst: 0 | 1 | 2 = files.length === 0 ? 2 : 0;
  for (const file of files) {
    const status = await check(file, write);
    if (status > worst) worst = status;
  }
  return worst;
}

async function print(fileOrType: string): Promise<0 | 2> {
  try {
    await Bun.write(Bun.stdout, await printed(fileOrType, await roomFiles(resolve("examples"))));
    return 0;
  } catch (error) {
    if (!(error instanceof CannotCheck)) throw error;
    console.error(`${fileOrType}\n  cannot be printed: ${error.message}`);
    return 2;
  }
}

async function check(file: string, write: boolean): Promise<0 | 1 | 2> {
  const name = relative(process.cwd(), file);
  try {
    if (!(await isFile(file))) throw new CannotCheck("there is no such file");
    const { reports, findings, written } = await checkFile(file, { write });
    console.log(`${name}`);
    for (const report of reports) console.log(reportText(report));
    if (findings.length > 0) console.log(findingsText(findings));
    if (written) console.log("  README.md is brought up to date");
    return findings.length > 0 || reports.some((report) => report.findings.length > 0) ? 1 : 0;
  } catch (error) {
    if (!(error instanceof CannotCheck)) throw error;
    console.error(`${name}\n  cannot be checked: ${error.message}`);
    return 2;
  }
}

async function roomFiles(folder: string): Promise<readonly string[]> {
  const apps = await readdir(folder).catch(unlessMissing);
  const files = apps.sort().map((app) => resolve(folder, app, "room.ts"));
  const present = await Promise.all(files.map(isFile));
  return files.filter((_, i) => present[i]);
}

const unlessMissing = (error: unknown): string[] => {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
  throw error;
};

// What a checked file still has going (a server, an interval) must not keep this from ending.
main(process.argv.slice(2)).then(
  (status) => process.exit(status),
  (error: unknown) => {
    console.error(error);
    process.exit(2);
  },
);
