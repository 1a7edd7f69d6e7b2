/** The form of a new story. A pasted list becomes one story per line. */
import { type ClipboardEvent, type FormEvent, useState } from "react";
import { attempt } from "../../shared/attempt.ts";
import { useVisit } from "../../shared/visit.ts";
import { titleCharsMax } from "../backlog.ts";
import { CommandButton, useRoom } from "./poker-room.ts";

export function NewStory({ id }: { readonly id: string }) {
  const room = useRoom();
  const { toasts } = useVisit();
  const [title, setTitle] = useState("");
  const blocked = title.trim() === "" ? "Name the story first." : undefined;
  /** Stops at the first that does not go. */
  const add = (titles: readonly string[]): boolean => {
    for (const one of titles) {
      const reason = attempt(room, { type: "story.add", title: one.slice(0, titleCharsMax) });
      if (reason !== undefined) {
        toasts.tell(reason, "bad");
        return false;
      }
    }
    return true;
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (blocked !== undefined) return toasts.tell(blocked, "bad");
    if (add([title.trim()])) setTitle("");
  };
  const paste = (event: ClipboardEvent) => {
    const lines = linesOf(event.clipboardData.getData("text/plain"));
    if (lines.length < 2) return;
    event.preventDefault();
    add(lines);
  };
  return (
    <form className="add-row" onSubmit={submit}>
      <input
        id={id}
        className="field"
        aria-label="New story"
        placeholder="Add a story"
        value={title}
        maxLength={titleCharsMax}
        dir="auto"
        autoComplete="off"
        onChange={({ currentTarget }) => setTitle(currentTarget.value)}
        onPaste={paste}
      />
      <CommandButton
        command={{ type: "story.add", title: blocked === undefined ? title.trim() : "…" }}
        label="Add story"
        icon="plus"
        look="icon"
        blocked={blocked}
        submit
      />
    </form>
  );
}

/** Without the marks of a list. */
const linesOf = (text: string): readonly string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.replace(/^\s*(?:[-*•]|\d+[.)])\s+/, "").trim())
    .filter((line) => line !== "");
