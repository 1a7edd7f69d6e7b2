/**
 * Bun's WebSocket callbacks: the text is bounded, parsed and checked here, before ws-kit routes it.
 * From: Bun.serve. To: router.ts. Nothing that arrives ends the process: every callback is contained.
 */
import { createBunHandler } from "@ws-kit/bun";
import type { Server, ServerWebSocket } from "bun";
import { parseChecked } from "../protocol/checked-json.ts";
import { protocolVersion } from "../protocol/version.ts";
import { Connection, type ConnectionData, type ConnectionHost } from "./connection.ts";
import { createGatewayRouter, frameTypes } from "./router.ts";

const frameKeys: ReadonlySet<string> = new Set(["type", "payload", "meta"]);

export interface Connections {
  add(connection: Connection, data: ConnectionData): void;
  remove(connection: Connection, data: ConnectionData): void;
}

export function createWebSocketHandler(host: ConnectionHost, connections: Connections) {
  const router = createGatewayRouter(host.onTrouble);
  // Admission has been decided when ws-kit asks; this only hands over the connection's data.
  const admitted = new WeakMap<Request, ConnectionData>();
  const kit = createBunHandler(router, {
    authenticate: (request) => admitted.get(request),
    onError: (error, { type }) => host.onTrouble(type, error),
  });
  const { limits } = host;
  const checks = { bytesMax: limits.frameBytesMax, depthMax: limits.jsonDepthMax, keysMax: limits.jsonKeysMax };

  function route(ws: ServerWebSocket<ConnectionData>, connection: Connection, data: string): void | Promise<void> {
    if (connection.phase === "closed") return;
    const parsed = parseChecked(data, checks);
    if (!parsed.ok) return connection.refuse(parsed.code, parsed.message);
    const type = (parsed.value as { readonly type?: unknown } | null)?.type;
    if (typeof type !== "string") return connection.refuse("INVALID_ARGUMENT", "A frame is an object with a type.");
    if (!frameTypes.has(type)) return connection.refuse("UNIMPLEMENTED", `There is no frame '${type.slice(0, 50)}'.`);
    const frame = parsed.value as { readonly payload?: unknown; readonly meta?: unknown };
    const unknown = Object.keys(frame).find((key) => !frameKeys.has(key));
    if (unknown !== undefined) return connection.refuse("INVALID_ARGUMENT", `A frame has no '${unknown.slice(0, 50)}'.`);
    if ("meta" in frame && !isObject(frame.meta)) return connection.refuse("INVALID_ARGUMENT", "A frame's meta is an object.");
    // Another protocol's hello may look otherwise; that is no reason not to say so.
    if (type === "hello" && isOtherProtocol(frame.payload)) return connection.otherProtocol();
    connection.frameBytes = Buffer.byteLength(data);
    return kit.websocket.message?.(ws as never, data);
  }

  /** Settled once its handler has run. Never throws or rejects: that would end a Bun process. */
  async function taken(ws: ServerWebSocket<ConnectionData>, connection: Connection, data: string): Promise<void> {
    try {
      await route(ws, connection, data);
    } catch (error) {
      host.onTrouble("message", error);
    }
  }

  return {
    upgrade: (request: Request, server: Server<ConnectionData>, data: ConnectionData) => {
      admitted.set(request, data);
      return kit.fetch(request, server as never);
    },
    websocket: {
      ...kit.websocket,
      data: {} as ConnectionData,
      maxPayloadLength: limits.frameBytesMax,
      backpressureLimit: limits.socketBacklogBytesMax,
      closeOnBackpressureLimit: true,
      perMessageDeflate: false,
      sendPings: false, // our own sweep pings, so that it can tell who did not answer
      idleTimeout: 0,

      open(ws: ServerWebSocket<ConnectionData>) {
        const connection = new Connection(ws, host);
        ws.data.connection = connection;
        connections.add(connection, ws.data);
        contain(host, "open", kit.websocket.open?.(ws as never));
      },

      message(ws: ServerWebSocket<ConnectionData>, data: string | Buffer) {
        const { connection } = ws.data;
        if (connection === undefined || connection.phase === "closed") return;
        connection.lastSeenMs = host.clock.monotonic();
        if (typeof data !== "string") return connection.refuse("INVALID_ARGUMENT", "Frames are JSON text; this one is binary.");
        const ping = data.length < pingCharsMax ? pingFrame.exec(data) : null;
        if (ping !== null) return pinged(host, connection, Number(ping[1]));
        connection.inTurn(data, () => taken(ws, connection, data));
      },

      pong(ws: ServerWebSocket<ConnectionData>) {
        const { connection } = ws.data;
        if (connection !== undefined) connection.lastSeenMs = host.clock.monotonic();
      },

      drain(ws: ServerWebSocket<ConnectionData>) {
        try {
          ws.data.connection?.drained();
        } catch (error) {
          host.onTrouble("drain", error);
        }
      },

      close(ws: ServerWebSocket<ConnectionData>, code: number, reason: string) {
        const { connection } = ws.data;
        // Bun ended it for what came (too big, not masked, not UTF-8); a client cannot say 1006.
        if (code === 1006 && reason.startsWith("Received ")) host.count("badFrames.transport");
        const end = () => {
          try {
            if (connection !== undefined) {
              connections.remove(connection, ws.data);
              connection.closed();
            }
            contain(host, "close", kit.websocket.close?.(ws as never, code, reason));
          } catch (error) {
            host.onTrouble("close", error);
          }
        };
        if (connection === undefined) end();
        else connection.ended(end);
      },
    },
  };
}

/** As clients write it. All of them send one every few seconds, and it needs neither a router nor a schema; any other goes the long way. */
const pingFrame = /^\{"type":"ping","payload":\{"rev":(0|[1-9]\d{0,14})\}\}$/;
const pingCharsMax = 60;

function pinged(host: ConnectionHost, connection: Connection, rev: number): void {
  try {
    connection.pinged(rev);
  } catch (error) {
    host.onTrouble("ping", error);
  }
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
const isOtherProtocol = (hello: unknown): boolean =>
  isObject(hello) && "protocol" in hello && Number.isInteger(hello.protocol) && hello.protocol !== protocolVersion;

// A rejected handler would end a Bun process.
function contain(host: ConnectionHost, where: string, done: void | Promise<void>): void {
  if (done instanceof Promise) done.catch((error: unknown) => host.onTrouble(where, error));
}
