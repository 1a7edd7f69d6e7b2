/**
 * Hocuspocus as its guides show it, without an extension: documents live in memory while somebody is connected. All options are the defaults, the batching of broadcasts within a turn of the event loop too.
 * Its package.json asks for Node 22; it ran on 20 as well.
 */
import { Server } from "@hocuspocus/server";

// Quiet: its start screen would be the first line on stdout.
const server = new Server({ address: "127.0.0.1", port: 0, quiet: true });
await server.listen();
console.log(JSON.stringify({ port: server.address.port }));
// It ends on SIGTERM by itself.
