/** What we use of @colyseus/schema. It is loaded when a run needs it, from this folder's own node_modules: nothing else may depend on it. */

export interface Schemas {
  readonly Reflection: { decode(bytes: Uint8Array): SchemaDecoder };
  readonly decode: { number(bytes: Uint8Array, at: { offset: number }): number };
}

export interface SchemaDecoder {
  decode(bytes: Uint8Array, at: { offset: number }): unknown;
  triggerChanges?: (changes: readonly Change[]) => void;
}

export interface Change {
  readonly ref: unknown;
  readonly field?: string;
}

/** As server.mjs has it. */
export interface Participant {
  readonly name: string;
  readonly n: number;
  readonly mark: number;
  readonly x: number;
}

export async function loadSchemas(): Promise<Schemas> {
  const name: string = "@colyseus/schema"; // not a literal, so that the type check does not look for it
  return (await import(name)) as Schemas;
}
