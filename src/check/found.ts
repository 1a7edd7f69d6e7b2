/** Gathers findings: one per code and subject, the first, since the exploration goes from near to far. */
import type { Finding, FindingCode } from "./finding.ts";
import type { Moment, Move } from "./moment.ts";

export interface Sighting {
  readonly code: FindingCode;
  /** What it is about: two sightings with the same code and subject are one finding. */
  readonly subject: string;
  readonly text: string;
  readonly where?: string | undefined;
  readonly at: { readonly moment: Moment; readonly move?: Move } | undefined;
}

export type Report = (sighting: Sighting) => void;

export class Found {
  readonly #sightings = new Map<string, Sighting>();

  add(sighting: Sighting): void {
    const key = keyOf(sighting);
    if (!this.#sightings.has(key)) this.#sightings.set(key, sighting);
  }

  has(sighting: Pick<Sighting, "code" | "subject">): boolean {
    return this.#sightings.has(keyOf(sighting));
  }

  list(): readonly Sighting[] {
    return [...this.#sightings.values()];
  }
}

const keyOf = ({ code, subject }: Pick<Sighting, "code" | "subject">): string => `${code} ${subject}`;

export const findingOf = ({ code, text, where }: Sighting, path?: Finding["path"]): Finding => ({
  code,
  text,
  ...(where === undefined ? {} : { where }),
  ...(path === undefined || path.length === 0 ? {} : { path }),
});
