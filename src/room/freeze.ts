/** So that nothing can change it. Cycles end, since what is frozen is not visited again. From: development, the checker. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  // Buffers cannot be frozen; they are no plain JSON anyway.
  if (ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}
