/**
 * y-websocket's server as it starts itself, on a port of the system's choice: documents live in memory, each update goes at once to each client. All options are the defaults.
 * package.json holds @y/protocols back: what the server's own range would bring today uses another Yjs than the server, and every update fails.
 */
import { createServer } from "node:http";
import { setupWSConnection } from "@y/websocket-server/utils";
import WebSocket from "ws";

const http = createServer();
const sockets = new WebSocket.Server({ server: http });
sockets.on("connection", setupWSConnection);
http.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: http.address().port })));
process.on("SIGTERM", () => process.exit(0));
