/** May this request become a connection? Cheap checks first, all before any work is done for it. From: Bun's fetch. To: websocket.ts. */
import type { Server } from "bun";
import type { Limits } from "../protocol/limits.ts";
import { isId } from "../protocol/names.ts";
import type { Directory } from "../room/directory.ts";
import type { Connection, ConnectionData } from "./connection.ts";

export interface Connected {
  readonly all: Set<Connection>;
  readonly perAddress: Map<string, number>;
}

export interface Gate {
  readonly draining: boolean;
  readonly origins: ReadonlySet<string>;
  readonly limits: Limits;
  readonly connected: Connected;
  readonly directory: Directory;
}

export function admit(request: Request, server: Server<ConnectionData>, gate: Gate): ConnectionData | Response {
  const { pathname } = new URL(request.url);
  const parts = pathname.split("/");
  if (parts[1] !== "rooms" || parts.length !== 4) return refusal(404, "Not found");
  const [, , type = "", id = ""] = parts;
  // Ids are plain letters, so nothing has to be decoded; a % is not one of them.
  if (!isId(type) || !isId(id)) return refusal(400, "A room id has 1 to 64 letters, digits, dots, dashes or underscores");
  if (!gate.directory.has(type)) return refusal(404, "No such room type");
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") return refusal(426, "This is a WebSocket address");
  // Bun would refuse these, too; but ws-kit calls that trouble of the server, and it is none.
  if (request.method !== "GET" || !keyPattern.test(request.headers.get("sec-websocket-key") ?? ""))
    return refusal(400, "This is no WebSocket handshake");
  if (request.headers.get("sec-websocket-version") !== "13")
    return refusal(426, "This server speaks version 13 of WebSocket", { "sec-websocket-version": "13" });
  if (gate.draining) return refusal(503, "The server restarts", { "retry-after": "1" });
  const origin = request.headers.get("origin");
  // Browsers always send one. Without it this is no page, so there is nobody to protect from a foreign one.
  if (origin !== null && !gate.origins.has(origin)) return refusal(403, "This origin may not connect");
  const address = server.requestIP(request)?.address ?? "unknown";
  const { limits, connected } = gate;
  if (connected.all.size >= limits.connectionsMax) return refusal(503, "Too many connections", { "retry-after": "5" });
  if ((connected.perAddress.get(address) ?? 0) >= limits.connectionsPerAddressMax)
    return refusal(429, "Too many connections from this address", { "retry-after": "5" });
  return { type, id, address, request, connection: undefined };
}

/** 16 bytes in base64 (RFC 6455). */
const keyPattern = /^[+/0-9A-Za-z]{22}==$/;

const refusal = (status: number, text: string, headers: Record<string, string> = {}): Response => new Response(text, { status, headers });

/** A server on loopback trusts its own pages. */
export const defaultOrigins = (port: number): ReadonlySet<string> =>
  new Set(["localhost", "127.0.0.1", "[::1]"].map((host) => `http://${host}:${port}`));
