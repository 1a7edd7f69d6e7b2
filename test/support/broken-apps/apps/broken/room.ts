/** No app: it has no room type. */
export const machine = {};
