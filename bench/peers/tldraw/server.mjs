/** tldraw's sync without tldraw: a socket room per meeting, its records in memory. All options are the defaults; the records are of a type of our own, checked as tldraw checks its own. */
import { createRecordType, StoreSchema } from "@tldraw/store";
import { InMemorySyncStorage, TLSocketRoom } from "@tldraw/sync-core";
import { T } from "@tldraw/validate";
import { WebSocketServer } from "ws";

const typed = (typeName, scope, fields) =>
  createRecordType(typeName, { scope, validator: T.object({ id: T.string, typeName: T.literal(typeName), ...fields }) });
const schema = StoreSchema.create({
  status: typed("status", "document", { n: T.number, text: T.string, mark: T.number }),
  cursor: typed("cursor", "presence", { x: T.number, y: T.number }),
});
// Without it a storage begins with a page to draw on, which this schema does not know.
const empty = { documentClock: 0, tombstoneHistoryStartsAtClock: 0, schema: schema.serialize(), documents: [] };
const rooms = new Map();

const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
server.on("connection", (socket, request) => {
  const { pathname, searchParams } = new URL(request.url, "http://127.0.0.1");
  const room = rooms.get(pathname) ?? new TLSocketRoom({ schema, storage: new InMemorySyncStorage({ snapshot: empty }) });
  rooms.set(pathname, room);
  room.handleSocketConnect({ sessionId: searchParams.get("sessionId"), socket });
});
server.on("listening", () => console.log(JSON.stringify({ port: server.address().port })));
process.on("SIGTERM", () => process.exit(0));
