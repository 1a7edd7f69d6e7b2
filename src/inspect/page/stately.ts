/**
 * Stately's inspector in a frame, told what happens on this server. From: /api/stream, with the token of the inspector. To: the frame, by messages
 * that its own origin alone can read. The token stays here.
 */
import { Kept } from "../kept.ts";
import type { InspectMessage, StatelyMessage } from "../messages.ts";

const statelyOrigin = "https://stately.ai";
const statelyPage = `${statelyOrigin}/inspect`;
const answerMsMax = 10_000;
const backoffMinMs = 500;
const backoffMaxMs = 30_000;
/** The server did not take the token. */
const unauthorized = 4401;

const { token, room } = takeAddress();
const frame = part<HTMLIFrameElement>("stately");
const kept = new Kept(room);
let isAnswering = false;
let isStreaming = false;
let answerTimer: number | undefined;
let failures = 0;
const wrong = { stream: "", stately: "" };

part("scope").textContent = room === undefined ? "All rooms" : room;
window.addEventListener("message", ({ source, origin, data }: MessageEvent<unknown>) => {
  if (source !== frame.contentWindow || origin !== statelyOrigin || typeOf(data) !== "@statelyai.connected") return;
  isAnswering = true;
  clearTimeout(answerTimer);
  say({ stately: "" });
  for (const message of kept.all) post(message);
});
// Not before somebody listens: its first message must not be missed.
openStately();
if (token === undefined) say({ stream: "There is no token: open this page from the inspector." });
else connect(token);

/** Out of the address at once, where it could be seen, or shared with a link. */
function takeAddress(): { readonly token: string | undefined; readonly room: string | undefined } {
  const given = new URLSearchParams(location.hash.slice(1));
  const token = given.get("token");
  const room = given.get("room") ?? undefined;
  if (token !== null) {
    sessionStorage.setItem("quorate.token", token);
    const rest = room === undefined ? "" : `#${new URLSearchParams({ room })}`;
    history.replaceState(null, "", `${location.pathname}${location.search}${rest}`);
  }
  return { token: token ?? sessionStorage.getItem("quorate.token") ?? undefined, room };
}

function openStately(): void {
  isAnswering = false;
  frame.src = statelyPage;
  say({});
  clearTimeout(answerTimer);
  answerTimer = window.setTimeout(() => say({ stately: "Stately's page did not answer; it needs the internet." }), answerMsMax);
}

function connect(token: string): void {
  const socket = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}/api/stream`);
  let isFirst = true;
  socket.onopen = () => socket.send(JSON.stringify({ token }));
  socket.onmessage = ({ data }: MessageEvent<string>) => {
    // Who lives is told anew. What Stately's page has of before may be gone since.
    if (isFirst) begin();
    isFirst = false;
    for (const message of JSON.parse(data) as readonly InspectMessage[]) take(message);
  };
  socket.onclose = ({ code }) => {
    isStreaming = false;
    if (code === unauthorized) {
      sessionStorage.removeItem("quorate.token");
      return say({ stream: "The server did not take the token: open this page from the inspector again." });
    }
    const cap = Math.min(backoffMaxMs, backoffMinMs * 2 ** Math.min(failures++, 20));
    const waitMs = backoffMinMs + Math.random() * (cap - backoffMinMs);
    say({ stream: `The server cannot be reached; trying again in ${Math.ceil(waitMs / 1_000)} s.` });
    setTimeout(() => connect(token), waitMs);
  };
}

function begin(): void {
  const isAgain = kept.all.length > 0;
  kept.clear();
  if (isAgain && isAnswering) openStately();
  failures = 0;
  isStreaming = true;
  say({ stream: "" });
}

function take(message: InspectMessage): void {
  if (message.type === "quorate.dropped") {
    kept.clear();
    say({ stream: `This page was too slow: ${message.count} messages were left out.` });
  }
  if (message.type === "quorate.dropped" || message.type === "quorate.room" || message.type === "quorate.refused") return;
  if (kept.add(message) && isAnswering) post(message);
}

function post(message: StatelyMessage): void {
  frame.contentWindow?.postMessage(message, statelyOrigin);
}

function say(change: Partial<typeof wrong>): void {
  Object.assign(wrong, change);
  const text = [wrong.stream, wrong.stately].filter((sentence) => sentence !== "").join(" ");
  const status = part("status");
  status.textContent = text || (isAnswering && isStreaming ? "Connected" : "Connecting …");
  status.classList.toggle("wrong", text !== "");
}

function part<Element extends HTMLElement>(id: string): Element {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found as Element;
}

function typeOf(data: unknown): unknown {
  return typeof data === "object" && data !== null && "type" in data ? data.type : undefined;
}
