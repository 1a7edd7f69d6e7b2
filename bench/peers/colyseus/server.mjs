/** Colyseus as its guides show it: a room with a schema for its state, which clients change by messages; patches go out every 50 ms, as is the default. Nothing is kept on disk. */
import { createServer } from "node:http";
import { Room, Server } from "@colyseus/core";
import { Encoder, schema, t } from "@colyseus/schema";
import { WebSocketTransport } from "@colyseus/ws-transport";

// A thousand participants are more than the default of 16 KiB; its own warning asks for more.
Encoder.BUFFER_SIZE = 128 * 1024;

const Participant = schema(
  { name: t.string(), n: t.number(), text: t.string(), mark: t.number(), x: t.number(), y: t.number() },
  "Participant",
);
const State = schema({ participants: t.map(Participant) }, "State");

class Meeting extends Room {
  state = new State();
  // Ten thousand clients have their seats reserved before the last of them comes; the default is 15 s.
  seatReservationTimeout = 300;

  messages = {
    status: (client, { n, text, mark }) => {
      const participant = this.state.participants.get(client.sessionId);
      participant.n = n;
      participant.text = text;
      participant.mark = mark;
    },
    cursor: (client, { x, y }) => {
      const participant = this.state.participants.get(client.sessionId);
      participant.x = x;
      participant.y = y;
    },
  };

  onJoin(client, { name }) {
    this.state.participants.set(client.sessionId, new Participant({ name, n: 0, text: "", mark: 0, x: 0, y: 0 }));
  }

  onLeave(client) {
    this.state.participants.delete(client.sessionId);
  }
}

const http = createServer();
// The greeting would be the first line on stdout.
const server = new Server({ transport: new WebSocketTransport({ server: http }), greet: false });
server.define("meeting", Meeting).filterBy(["room"]);
await server.listen(0, "127.0.0.1");
console.log(JSON.stringify({ port: http.address().port }));
// It ends on SIGTERM by itself.
