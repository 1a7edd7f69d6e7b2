/** Who wants to hear of what. A listener that throws is told about, and costs nobody else anything. */

export class Emitter {
  readonly #listeners = new Map<string, Set<(value: never) => void>>();

  /** Returns how to stop. */
  on(name: string, listener: (value: never) => void): () => void {
    let listeners = this.#listeners.get(name);
    if (listeners === undefined) {
      listeners = new Set();
      this.#listeners.set(name, listeners);
    }
    // A function of its own, so that the same listener given twice is two.
    const own = (value: never) => listener(value);
    listeners.add(own);
    return () => void listeners.delete(own);
  }

  emit(name: string, value: unknown): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        listener(value as never);
      } catch (error) {
        console.error(`a listener for '${name}' failed:`, error);
      }
    }
  }

  /** Something of the room is another thing now. */
  changed(): void {
    this.emit("change", undefined);
  }
}
