/** Asks before what cannot be taken back. One dialog for the page; whoever asks gets a promise. */
import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from "react";

interface Question {
  readonly title: string;
  readonly text: string;
  /** What the button that goes ahead says. */
  readonly yes: string;
}
type Ask = (question: Question) => Promise<boolean>;

const AskContext = createContext<Ask>(() => Promise.resolve(false));
export const useConfirm = (): Ask => useContext(AskContext);

export function Confirming({ children }: { readonly children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const answer = useRef<(yes: boolean) => void>(undefined);
  const [question, setQuestion] = useState<Question | undefined>();
  const ask = useCallback<Ask>((asked) => {
    setQuestion(asked);
    dialog.current?.showModal();
    return new Promise((resolve) => {
      answer.current = resolve;
    });
  }, []);
  const close = (yes: boolean) => {
    answer.current?.(yes);
    answer.current = undefined;
    dialog.current?.close();
  };
  return (
    <AskContext value={ask}>
      {children}
      <dialog ref={dialog} className="dialog" data-size="small" aria-labelledby="confirm-title" onClose={() => close(false)}>
        <h2 id="confirm-title" dir="auto">
          {question?.title}
        </h2>
        <p>{question?.text}</p>
        <div className="dialog-buttons">
          <button type="button" className="button" data-look="plain" onClick={() => close(false)}>
            Cancel
          </button>
          <button type="button" className="button" data-look="danger" onClick={() => close(true)}>
            {question?.yes}
          </button>
        </div>
      </dialog>
    </AskContext>
  );
}
