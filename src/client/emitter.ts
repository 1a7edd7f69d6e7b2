/** Who wants to hear of what. A listener that throws is told about, and costs nobody else anything. */

export class Emitter {
  readonly #listeners = new Map<string, Set<{ readonly hear: (value: never) => void }>>();

  /** Returns how to stop. */
  on(name: string, listener: (value: never) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    const own = { hear: listener }; // the same one given twice is two
    this.#listeners.set(name, listeners.add(own));
    return () => void listeners.delete(own);
  }

  emit(name: string, value: unknown): void {
    for (const { hear } of [...(this.#listeners.get(name) ?? [])]) {
      try {
        hear(value as never);
      } catch (error) {
        console.error(error);
      }
    }
  }

  /** Something of the room is another thing now. */
  changed(): void {
    this.emit("change", undefined);
  }
}
