/**
 * The floor: `Bun.serve` and nothing else. Each message is published at once, in one frame of `--frame-bytes` bytes, to all.
 * What Quorate costs beyond this for frames of the same size at the same pace is what it does beside sending.
 */
import { serverSettings } from "./settings.ts";

const { "frame-bytes": frameBytes } = serverSettings({ "frame-bytes": "0" });
const padding = "x".repeat(Number(frameBytes));
const topic = "all";
let rev = 0;

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request, listening) => (listening.upgrade(request) ? undefined : new Response("This is a WebSocket address", { status: 426 })),
  websocket: {
    open(ws) {
      ws.subscribe(topic);
      ws.send(`{"type":"welcome","to":${rev}}`);
    },
    message(_, message) {
      rev++;
      const start = `{"type":"delta","from":${rev - 1},"to":${rev},"ops":[[0,0,${message}]],"pad":"`;
      server.publish(topic, `${start}${padding.slice(0, Math.max(0, padding.length - start.length - 2))}"}`);
    },
  },
});
console.log(JSON.stringify({ port: server.port }));
process.on("SIGTERM", () => process.exit(0));
