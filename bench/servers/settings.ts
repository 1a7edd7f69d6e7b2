/** A server's settings from its command line: `--name value`, only those that it knows. */
import { parseArgs } from "node:util";

export function serverSettings<T extends Record<string, string>>(defaults: T): { readonly [K in keyof T]: string } {
  const options = Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, { type: "string", default: value } as const]));
  const { values } = parseArgs({ options, strict: true });
  return values as { readonly [K in keyof T]: string };
}
