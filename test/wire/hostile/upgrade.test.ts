/** Requests that are no upgrade, pretend to be one, come from a foreign page, or try to hide a second one. */
import { expect } from "bun:test";
import { textBytes } from "./frame-bytes.ts";
import { Stage } from "./stage.ts";
import { Tcp, upgradeText } from "./tcp.ts";

const stage = new Stage();

const hall = "/rooms/meeting/hall";
const own = () => `http://127.0.0.1:${stage.victim.port}`;
const hello = (user: string) =>
  textBytes({ type: "hello", payload: { protocol: 1, client: user, machine: 1, nextSeq: 1, token: stage.tokenOf(user) } });

/** `undefined`: closed without an answer. */
type Case = readonly [title: string, status: number | undefined, request: () => string];

const methods: readonly Case[] = ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT"].map(
  (method) => [`the method ${method}`, 400, () => upgradeText(hall).replace("GET", method)] as const,
);
const requestLines: readonly Case[] = [
  ["a method that does not exist", undefined, () => upgradeText(hall).replace("GET", "BREW")],
  ["a method in small letters", undefined, () => upgradeText(hall).replace("GET", "get")],
  ["HTTP/2.0", 505, () => upgradeText(hall).replace("HTTP/1.1", "HTTP/2.0")],
  ["no version of HTTP", 505, () => upgradeText(hall).replace(" HTTP/1.1", "")],
  ["the preface of HTTP/2", 400, () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["the first bytes of TLS", 400, () => "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003"],
  ["lines without CR", 505, () => upgradeText(hall).replaceAll("\r\n", "\n")],
];
const handshakes: readonly Case[] = [
  ...[undefined, "", "0", "8", "12", "99", "13, 8"].map(
    (version) => [`the WebSocket version '${version}'`, 426, () => upgradeText(hall, { "sec-websocket-version": version })] as const,
  ),
  ...[undefined, "", "short", "A".repeat(24), "A".repeat(1_000)].map(
    (key) => [`the key '${key?.slice(0, 30)}'`, 400, () => upgradeText(hall, { "sec-websocket-key": key })] as const,
  ),
  ["no upgrade", 426, () => upgradeText(hall, { upgrade: undefined })],
  ["another upgrade", 426, () => upgradeText(hall, { upgrade: "h2c" })],
];
const headers: readonly Case[] = [
  ["no Host", 400, () => upgradeText(hall, { host: undefined })],
  ...["", "a b", "a:99999", "[::1", "<script>"].map((host) => [`the Host '${host}'`, 400, () => upgradeText(hall, { host })] as const),
  ["a space before a colon", 400, () => upgradeText(hall, { "x-a ": "b" })],
  ["a folded header", 400, () => upgradeText(hall, { "x-a": "b\r\n c" })],
  ["NUL in a header", 400, () => upgradeText(hall, { "x-a": "b\0c" })],
  ["CR in a header", 400, () => upgradeText(hall, { "x-a": "b\rc" })],
  ["a header of 100,000 bytes", 431, () => upgradeText(hall, { "x-a": "b".repeat(100_000) })],
  ["a thousand headers", 431, () => upgradeText(hall, Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`x-${i}`, "b"])))],
];
const origins: readonly Case[] = [
  "https://evil.example",
  "null",
  "",
  "http://127.0.0.1",
  "http://127.0.0.1:PORT.evil.example",
  "http://127.0.0.1:PORT@evil.example",
  "http://127.0.0.1:PORT/",
  "HTTP://127.0.0.1:PORT",
  "http://127.0.0.1:PORT\r\norigin: https://evil.example",
  "https://evil.example\r\norigin: http://127.0.0.1:PORT",
].map((origin) => {
  const given = () => origin.replaceAll("PORT", String(stage.victim.port));
  return [`the Origin ${JSON.stringify(origin)}`, 403, () => upgradeText(hall, { origin: given() })] as const;
});
const paths: readonly Case[] = [
  ["/rooms/meeting/../../etc/passwd", 404],
  ["/rooms/meeting/..", 404],
  ["/rooms/meeting/%2e%2e", 404],
  ["/rooms/meeting/a%2fb", 400],
  ["/rooms/meeting/a%5cb", 400],
  ["/rooms/meeting/a\\b", 404],
  ["/rooms/meeting/a%00", 400],
  ["/rooms/meeting/%", 400],
  ["/rooms/meeting/%zz", 400],
  ["/rooms/meeting/%68all", 400],
  ["/rooms/meeting/hall;x", 400],
  ["/rooms/meeting/hall%0d%0aset-cookie:a=b", 400],
  ["/rooms/meeting/\u00e9", 400],
  [`/rooms/meeting/${"a".repeat(65)}`, 400],
  [`/rooms/meeting/${"a".repeat(100_000)}`, 431],
  ["/rooms/meeting/hall/", 404],
  ["//rooms/meeting/hall", 404],
  ["/rooms//hall", 400],
  ["/rooms/__proto__/hall", 400],
  ["/rooms/constructor/hall", 404],
  ["/rooms/MEETING/hall", 404],
  ["rooms/meeting/hall", 400],
  ["*", 400],
].map(([path, status]) => [`the path ${String(path).slice(0, 50)}`, Number(status), () => upgradeText(String(path))] as const);
const files: readonly Case[] = [
  "/../../quorate.config.ts",
  "/src/main.ts",
  "/%2e%2e/resume.key",
  "/resume.key",
  "/rooms.db",
  "/landing.css/../main.ts",
].map((path) => [`the file ${path}`, 404, () => upgradeText(path, { upgrade: undefined, connection: "keep-alive" })] as const);
const lengths: readonly Case[] = [
  ["a length and chunks", 400, () => post("content-length: 4\r\ntransfer-encoding: chunked", "0\r\n\r\n")],
  ["chunks and something else", 400, () => post("transfer-encoding: chunked\r\ntransfer-encoding: identity", "0\r\n\r\n")],
  ["an unknown encoding", 400, () => post("transfer-encoding: xchunked", "0\r\n\r\n")],
  ["two lengths", 400, () => post("content-length: 4\r\ncontent-length: 5", "abcde")],
  ["a negative length", 400, () => post("content-length: -4", "abcd")],
  ["a length beyond all numbers", 400, () => post("content-length: 99999999999999999999", "abcd")],
];

for (const [title, status, request] of [...methods, ...requestLines, ...handshakes, ...headers, ...origins, ...paths, ...files, ...lengths])
  stage.attack(`[CONN-2] [CONN-3] ${title}: ${status ?? "closed without a word"}`, async () => {
    const tcp = await Tcp.open(stage.victim.port);
    tcp.write(request());
    await tcp.until(() => tcp.statuses.length > 0 || (status === undefined && tcp.ended), "an answer");
    expect(tcp.statuses).toEqual(status === undefined ? [] : [status]);
    expect(tcp.received).not.toMatch(/at .*\.ts|node_modules|welcome/);
    tcp.drop();
  });

stage.attack("[CONN-3] canary: the same request with the server's own Origin is let in", async () => {
  const tcp = await Tcp.open(stage.victim.port);
  tcp.write(upgradeText(hall, { origin: own() }));
  await tcp.until(() => tcp.statuses.length > 0, "an answer");
  expect(tcp.statuses).toEqual([101]);
  tcp.drop();
});

stage.attack("[CONN-4] compression is offered and not taken; a compressed frame is closed", async () => {
  const tcp = await Tcp.open(stage.victim.port);
  tcp.write(upgradeText(hall, { "sec-websocket-extensions": "permessage-deflate; server_max_window_bits=8" }));
  await tcp.until(() => tcp.received.includes("\r\n\r\n"), "an answer");
  expect(tcp.statuses).toEqual([101]);
  expect(tcp.received.toLowerCase()).not.toContain("sec-websocket-extensions");
  tcp.write(compressed);
  await tcp.until(() => tcp.ended, "the close");
});

stage.attack("[CONN-2] an upgrade within the body of another request is not seen", async () => {
  const tcp = await Tcp.open(stage.victim.port);
  const hidden = upgradeText(hall);
  tcp.write(`POST /livez HTTP/1.1\r\nhost: a\r\ncontent-length: ${hidden.length}\r\n\r\n${hidden}GET /livez HTTP/1.1\r\nhost: a\r\n\r\n`);
  await tcp.until(() => tcp.statuses.length === 2, "two answers");
  expect(tcp.statuses).toEqual([404, 200]);
  tcp.drop();
});

stage.attack("[L11] a body of 30 MB that nobody asked for is answered before it has come, and not kept", async () => {
  const tcp = await Tcp.open(stage.victim.port);
  const grownMiB = await stage.peakMiB(async () => {
    tcp.write(`POST ${hall} HTTP/1.1\r\nhost: a\r\ncontent-length: 120000000\r\n\r\n`);
    for (let i = 0; i < 30; i++) tcp.write("x".repeat(1_000_000));
    await tcp.until(() => tcp.statuses.length > 0, "an answer");
    await stage.people.unharmed([]);
  });
  expect(tcp.statuses).toEqual([426]);
  expect(grownMiB).toBeLessThan(25);
  tcp.drop();
});

stage.attack("[CONN-6] a request after the upgrade is no frame: closed", async () => {
  const tcp = await Tcp.open(stage.victim.port);
  tcp.write(upgradeText(hall) + upgradeText(hall));
  await tcp.until(() => tcp.ended, "the close");
  expect(tcp.statuses).toEqual([101]);
});

stage.attack("[HELLO-1] frames in the same packet as the upgrade are taken in order, as if they came later", async () => {
  const tcp = await Tcp.open(stage.victim.port);
  const early = textBytes({ type: "command", payload: { seq: 1, event: { type: "chat.send", text: "too early" } } });
  tcp.write([...Buffer.from(upgradeText(hall)), ...early, ...hello(stage.newUser("hasty"))]);
  await tcp.until(() => tcp.received.includes('"type":"snapshot"'), "the snapshot");
  const [refused, welcome] = [tcp.received.indexOf("FAILED_PRECONDITION"), tcp.received.indexOf('"type":"welcome"')];
  expect(refused).toBeGreaterThan(0);
  expect(welcome).toBeGreaterThan(refused);
  expect(JSON.stringify(stage.people.near[0].frames)).not.toContain("too early");
  tcp.drop();
});

stage.curtain();

const compressed = [0xc1, 0x87, 0, 0, 0, 0, 0xaa, 0x56, 0x2a, 0xa9, 0x2c, 0x48, 0x55];

function post(headerLines: string, body: string): string {
  return `POST ${hall} HTTP/1.1\r\nhost: a\r\n${headerLines}\r\n\r\n${body}${upgradeText(hall)}`;
}
