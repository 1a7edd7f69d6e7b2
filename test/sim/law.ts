/** Each violation begins with the law that it breaks: `L2: …`. */
export const lawOf = (violation: string): string => violation.slice(0, Math.max(0, violation.indexOf(":")));
