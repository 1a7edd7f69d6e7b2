/** Clients of no good: raw sockets beside the real client's code. From: run.ts. */
import { Link, type NetworkOptions } from "../../src/testing/network.ts";
import { serverVersion } from "./arena.ts";
import type { Person } from "./person.ts";

/** Whoever knows a client's public id and is signed in as its user, but has not its secret, is not that client (SPEC HELLO-2). `isKnown`: the room knows it when the hello comes. */
export function impostor(victim: Person, network: NetworkOptions, isKnown: () => boolean, onWelcome: () => void): void {
  const client = victim.room.me?.client;
  if (client === undefined) return;
  const link = new Link(0, {
    ...network,
    accept: (accepted) => {
      const end = network.accept(accepted);
      return end && { ...end, received: (text) => (!text.includes('"hello"') || isKnown() ? end.received(text) : accepted.cut()) };
    },
  });
  const { socket } = link;
  say(link, "hello", { client, token: victim.user, resume: "not the secret that it should be" });
  socket.onmessage = ({ data }) => {
    if (!String(data).startsWith('{"type":"welcome"')) return;
    onWelcome();
    socket.close();
  };
}

/** Says hello, or not even that, never reads, and shows signs of life, until it `isOver`. */
export function leech(user: string, network: NetworkOptions, says: "hello" | "nothing", isOver: () => boolean): void {
  const { clock } = network;
  const link = new Link(0, network);
  if (says === "hello") say(link, "hello", { client: `${user}c`, token: user });
  const ping = (): void => {
    link.stall(); // after it was welcomed, or refused
    if (isOver()) link.socket.close();
    if (link.isOver || link.socket.readyState !== 1) return;
    link.socket.send(JSON.stringify({ type: "ping", payload: { rev: 0 } }));
    clock.setTimer(1_000, ping);
  };
  clock.setTimer(200, ping);
}

function say(link: Link, type: string, payload: object): void {
  const { socket } = link;
  socket.onopen = () => socket.send(JSON.stringify({ type, payload: { protocol: 1, machine: serverVersion, nextSeq: 1, ...payload } }));
}
