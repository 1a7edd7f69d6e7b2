/** Scrapes a server as Prometheus does, and reads what it says. */
import type { QuorateServer } from "../../src/gateway/server.ts";
import { ask } from "../inspect/watcher.ts";

/** By name and labels as they are written: `quorate_rooms{state="open"}`. */
export type Scraped = Readonly<Record<string, number>>;

export async function scrapeText(server: QuorateServer): Promise<string> {
  const response = await ask(server, "/metrics");
  if (response.status !== 200) throw new Error(`/metrics answered ${response.status}`);
  return await response.text();
}

export const scraped = async (server: QuorateServer): Promise<Scraped> => parsed(await scrapeText(server));

/** Throws for a line that is no sample. */
export function parsed(text: string): Scraped {
  const samples: Record<string, number> = {};
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [, name, value] = /^([a-z_]+(?:\{[a-z]+="[^"\\]*"(?:,[a-z]+="[^"\\]*")*\})?) (\+Inf|[-+.e\d]+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`no sample: ${line}`);
    if (name in samples) throw new Error(`twice: ${name}`);
    samples[name] = value === "+Inf" ? Infinity : Number(value);
  }
  return samples;
}

/** What grew, or is there for the first time, and by how much. */
export const grown = (before: Scraped, after: Scraped): Scraped =>
  Object.fromEntries(
    Object.entries(after)
      .map(([name, value]) => [name, value - (before[name] ?? 0)] as const)
      .filter(([, by]) => by > 0),
  );
