/** Who wants to hear of what. A listener that throws is told about, and costs nobody else anything. */

export class Emitter {
  readonly #listeners = new Map<string, Set<(value: never) => void>>();

  /** Returns how to stop. */
  on(name: string, listener: (value: never) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  emit(name: string, value: unknown): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        listener(value as never);
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
