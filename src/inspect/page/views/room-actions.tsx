/** What leaves the page: a room's log as a file, its actors for Stately's inspector, its machine for Stately's Studio. */
import { useEffect, useRef, useState } from "react";
import { moduleText } from "../../module-text.ts";
import { messageOf } from "../store/client.ts";
import { useInspector } from "../store/inspector.ts";
import { Button } from "./button.tsx";

const saidMs = 4_000;

export function RoomActions({ room, definition }: { readonly room: string; readonly definition: string | undefined }) {
  const { api, token } = useInspector();
  const [said, setSaid] = useState<string>();
  const [text, setText] = useState<string>();
  useEffect(() => {
    if (said === undefined) return;
    const timer = setTimeout(() => setSaid(undefined), saidMs);
    return () => clearTimeout(timer);
  }, [said]);
  const save = async (): Promise<void> => {
    setSaid("Fetching the log …");
    try {
      saveAs(await api.exported(room), `${room.replaceAll("/", "-")}.json`);
      setSaid("The log is saved.");
    } catch (error) {
      setSaid(`The log could not be had: ${messageOf(error)}`);
    }
  };
  const copy = async (): Promise<void> => {
    if (definition === undefined) return;
    const module = moduleText(definition);
    try {
      await navigator.clipboard.writeText(module);
      setSaid("Copied. Paste it into Stately Studio as code.");
    } catch (error) {
      setSaid(`The clipboard is not open to this page (${messageOf(error)}): copy it by hand.`);
      setText(module);
    }
  };
  const open = (): void => void window.open(`/inspect/stately#${new URLSearchParams({ token, room })}`, "_blank", "noopener");
  return (
    <div className="room-actions">
      <output className="said">{said}</output>
      <Button label="Export log" icon="download" look="quiet" onClick={() => void save()} />
      <Button label="Open in Stately" icon="external" look="quiet" onClick={open} />
      <Button label="Copy for Stately Studio" icon="copy" look="quiet" disabled={definition === undefined} onClick={() => void copy()} />
      {text === undefined ? null : <TextDialog text={text} onClose={() => setText(undefined)} />}
    </div>
  );
}

function TextDialog({ text, onClose }: { readonly text: string; readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    dialog.current?.querySelector("textarea")?.select();
  }, []);
  return (
    <dialog ref={dialog} className="dialog" aria-label="For Stately Studio" onClose={onClose}>
      <h2>For Stately Studio</h2>
      <textarea className="field mono" rows={14} readOnly value={text} aria-label="Module text" />
      <Button label="Close" onClick={() => dialog.current?.close()} />
    </dialog>
  );
}

function saveAs(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
