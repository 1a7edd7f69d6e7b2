/** `ws` on Node, as most first versions are written: each message at once to each client, in a loop. Nothing is kept. */
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
let rev = 0;
let lastWho = 0;

server.on("connection", (socket) => {
  const who = ++lastWho;
  socket.send(`{"type":"welcome","to":${rev}}`);
  socket.on("error", () => socket.terminate());
  socket.on("message", (data) => {
    const { n, event } = JSON.parse(String(data));
    const from = rev++;
    const frame = JSON.stringify({ type: "delta", from, to: rev, ops: [[who, n, event]] });
    for (const client of server.clients) if (client.readyState === client.OPEN) client.send(frame);
  });
});
server.on("listening", () => console.log(JSON.stringify({ port: server.address().port })));
process.on("SIGTERM", () => process.exit(0));
