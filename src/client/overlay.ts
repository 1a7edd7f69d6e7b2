/** What a user alone may see, laid over what the audience sees. From: replica.ts. */
import { isObject } from "../protocol/share.ts";
import { isHidden } from "../room/secret.ts";

/** Records are merged, anything else takes the place of what is under it. Neither value is changed. */
export const overlaid = (under: unknown, own: unknown): unknown => {
  if (own === undefined) return under;
  if (!isObject(under) || !isObject(own) || Array.isArray(own) || isHidden(under)) return own;
  return { ...under, ...Object.fromEntries(Object.entries(own).map(([key, value]) => [key, overlaid(under[key], value)])) };
};
