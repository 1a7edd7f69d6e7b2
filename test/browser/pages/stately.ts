/** In the place of https://stately.ai/inspect: the receiver that Stately's page has, and a list of what it got. */
import { createBrowserReceiver } from "@statelyai/inspect";

declare global {
  interface Window {
    got: unknown[];
    /** Whatever was posted to it, before it connected, too. */
    posted: unknown[];
    /** Connects, as Stately's page does when it is loaded. */
    begin(): void;
  }
}

window.got = [];
window.posted = [];
window.addEventListener("message", ({ data }: MessageEvent<unknown>) => window.posted.push(data));
window.begin = () => {
  createBrowserReceiver().subscribe((message) => {
    window.got.push(message);
    const line = document.createElement("li");
    line.textContent = `${message.type} ${message.sessionId}`;
    document.body.append(line);
  });
};
if (!document.documentElement.hasAttribute("data-waits")) window.begin();
