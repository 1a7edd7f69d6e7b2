/** Checks the room types that one file exports, and the README beside it. From: main.ts, print-studio.ts. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { isRoomType } from "../room/define-room.ts";
import { DefinitionError } from "../room/findings.ts";
import { type CheckOptions, checkMachine, type MachineReport } from "./check-machine.ts";
import type { Finding } from "./finding.ts";
import { readmeWith } from "./readme.ts";

export interface FileReport {
  readonly reports: readonly MachineReport[];
  /** Of the file itself: what keeps its room type from being defined, and a README that is out of date. */
  readonly findings: readonly Finding[];
  readonly written: boolean;
}

/** The file cannot be checked at all. */
export class CannotCheck extends Error {
  override readonly name = "CannotCheck";
}

/** `file`: an absolute path. Its exports may hold `check: CheckOptions` besides. Throws `CannotCheck`. */
export async function checkFile(file: string, { write }: { readonly write: boolean }): Promise<FileReport> {
  const loaded = await loadFile(file);
  if (loaded instanceof DefinitionError) return { reports: [], findings: loaded.findings, written: false };
  const rooms = [...new Set(Object.values(loaded).filter(isRoomType))];
  if (rooms.length === 0) throw new CannotCheck("it exports no room type");
  const reports = rooms.map((room) => checkMachine(room, (loaded["check"] ?? {}) as CheckOptions));
  return { reports, ...(await readme(dirname(file), reports, write)) };
}

/** What a module exports, or what keeps its room type from being defined. Throws `CannotCheck`. */
export async function loadFile(file: string): Promise<Readonly<Record<string, unknown>> | DefinitionError> {
  try {
    return (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (error instanceof DefinitionError) return error;
    throw new CannotCheck(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

export const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isFile() === true;

async function readme(
  folder: string,
  reports: readonly MachineReport[],
  write: boolean,
): Promise<Pick<FileReport, "findings" | "written">> {
  const path = join(folder, "README.md");
  const present = await readFile(path, "utf8").catch(unlessMissing);
  const wanted = present === undefined ? undefined : readmeWith(present, reports);
  if (wanted === undefined || wanted === present) return { findings: [], written: false };
  if (!write) {
    const text = "README.md tells of another machine; `--write` brings it up to date";
    return { findings: [{ code: "readme-stale", text, where: "README.md" }], written: false };
  }
  await writeFile(path, wanted);
  return { findings: [], written: true };
}

const unlessMissing = (error: unknown): undefined => {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
};
