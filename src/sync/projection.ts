/**
 * What one audience with a projected state was told: its newest documents by rev, each sharing with the one before what did not change.
 * So one flush costs one diff and one encoding per audience, and who missed some gets patches, not everything. From: feed.ts.
 */
import { share } from "../protocol/share.ts";

export class Projection {
  readonly #revsMax: number;
  /** Oldest first, never empty. */
  #shown: { readonly rev: number; readonly document: unknown }[];

  constructor(revsMax: number, rev: number, document: unknown) {
    this.#revsMax = revsMax;
    this.#shown = [{ rev, document }];
  }

  get rev(): number {
    return this.#newest.rev;
  }

  get document(): unknown {
    return this.#newest.document;
  }

  advance(rev: number, document: unknown): void {
    this.#shown.push({ rev, document: share(this.document, document) });
    if (this.#shown.length > this.#revsMax) this.#shown.shift();
  }

  /** Undefined if that rev is too old, or was never shown: revs in the middle of a batch are not. */
  at(rev: number): unknown {
    return this.#shown.findLast((shown) => shown.rev === rev)?.document;
  }

  get #newest() {
    return this.#shown.at(-1) as { readonly rev: number; readonly document: unknown };
  }
}
