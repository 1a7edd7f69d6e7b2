/** Where two JSON values differ, as paths for people: `context.meeting.hands`. At most a few; more would help nobody. */
const pathsMax = 5;

export function differences(before: unknown, after: unknown, path: string, found: string[] = []): readonly string[] {
  if (Object.is(before, after) || found.length >= pathsMax) return found;
  if (typeof before !== "object" || typeof after !== "object" || before === null || after === null) {
    found.push(path);
    return found;
  }
  const [old, fresh] = [before as Readonly<Record<string, unknown>>, after as Readonly<Record<string, unknown>>];
  for (const key of new Set([...Object.keys(old), ...Object.keys(fresh)])) differences(old[key], fresh[key], `${path}.${key}`, found);
  return found;
}
