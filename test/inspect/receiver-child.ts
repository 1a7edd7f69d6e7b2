/** Stately's own server for receivers, as a process that can be killed: `receiver-child.ts <port>`. Says `ready` when it listens. */
import { createInspectorServer } from "@statelyai/inspect/server";

const port = Number(process.argv[2]);
createInspectorServer({ port, autoOpen: false });
await fetch(`http://localhost:${port}/`);
console.log("ready");
