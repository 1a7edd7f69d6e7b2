/**
 * Values that a view may hide. A client's machine runs on the view, so it meets `hidden` where the server has the value;
 * what depends on one is then *unknown* there, which is neither yes nor no.
 */
import { isObject } from "../protocol/share.ts";

export interface Hidden {
  readonly $hidden: true;
}
export type Secret<T> = T | Hidden;

export const hidden: Hidden = Object.freeze({ $hidden: true });

export const isHidden = (value: unknown): value is Hidden => isObject(value) && value["$hidden"] === true;

/** Keeps the keys and hides the values: who has voted stays known, what they voted does not. */
export const mask = <T>(record: Readonly<Record<string, Secret<T>>>): Record<string, Secret<T>> =>
  Object.fromEntries(Object.keys(record).map((key) => [key, hidden]));

/** The value itself. Throws `HiddenError` where it is hidden: in a guard that makes the verdict `unknown`, in an action it ends the prediction. */
export function reveal<T>(secret: Secret<T>): T {
  if (isHidden(secret)) throw new HiddenError();
  return secret;
}

export class HiddenError extends Error {
  override readonly name = "HiddenError";
  constructor() {
    super("this value is hidden");
  }
}
