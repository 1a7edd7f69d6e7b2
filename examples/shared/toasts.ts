/** Short notices that go away by themselves. */
import { createStore, type Store } from "./store.ts";

export type ToastKind = "news" | "good" | "bad";
export interface Toast {
  readonly key: number;
  readonly kind: ToastKind;
  readonly text: string;
  /** Who joined, where several join at once. */
  readonly names?: readonly string[];
}
export interface Toasts {
  readonly list: Store<readonly Toast[]>;
  tell(text: string, kind?: ToastKind): void;
  /** Joins that come together are one notice. */
  tellJoined(name: string): void;
  dismiss(key: number): void;
}

const toastsMax = 4;

export function createToasts(): Toasts {
  const list = createStore<readonly Toast[]>([]);
  let count = 0;
  const show = (toast: Omit<Toast, "key">) => list.set((toasts) => [...toasts, { ...toast, key: count++ }].slice(-toastsMax));
  return {
    list,
    tell(text, kind = "news") {
      if (list.get().at(-1)?.text !== text) show({ kind, text });
    },
    tellJoined(name) {
      const last = list.get().at(-1);
      if (last?.names === undefined) return show({ kind: "news", text: `${name} joined`, names: [name] });
      const names = [...last.names, name];
      list.set((toasts) => toasts.filter(({ key }) => key !== last.key));
      show({ kind: "news", text: joined(names), names });
    },
    dismiss: (key) => list.set((toasts) => toasts.filter((toast) => toast.key !== key)),
  };
}

const joined = ([first, second, ...others]: readonly string[]): string =>
  others.length === 0 ? `${first} and ${second} joined` : `${first}, ${second} and ${others.length} more joined`;
