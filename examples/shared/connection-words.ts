/** The states of the connection in words for people. */
import type { ConnectionView } from "../../src/client/index.ts";

type Status = ConnectionView["status"];

export interface ConnectionWords {
  readonly word: string;
  readonly tone: "good" | "busy" | "bad";
  /** What it means and what to do, where that is needed. */
  readonly text?: string;
  /** What the button that tries again says. */
  readonly retry?: string;
}

const kept = "What you do here is kept and sent when the connection is back.";

const connectionWords: Readonly<Record<Status, ConnectionWords>> = {
  connecting: { word: "Connecting…", tone: "busy" },
  joining: { word: "Joining…", tone: "busy" },
  catchingUp: { word: "Catching up…", tone: "busy" },
  live: { word: "In step", tone: "good" },
  backoff: { word: "Reconnecting…", tone: "bad", text: kept, retry: "Try now" },
  offline: { word: "Offline", tone: "bad", text: kept, retry: "Try now" },
  signedOut: { word: "Signed out", tone: "bad", text: "The server does not know you any more.", retry: "Sign in again" },
  refused: { word: "Not let in", tone: "bad", text: "The room did not let you in.", retry: "Try again" },
  stuck: { word: "Out of step", tone: "bad", text: "This page could not get in step with the room.", retry: "Try again" },
  closed: { word: "Left", tone: "bad" },
};

/** `rev`: how far this page has got. Once it was in, every new attempt is the same interruption. */
export const wordsOf = (status: Status, rev: number): ConnectionWords =>
  connectionWords[rev >= 0 && (status === "connecting" || status === "joining") ? "backoff" : status];
