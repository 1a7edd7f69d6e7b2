/** Of the wire protocol (SPEC.md). A hello names it; another one is turned away. */
export const protocolVersion = 1;
