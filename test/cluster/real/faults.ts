/** What can happen to a cluster. Each fault begins, lasts, and is made good; it gives how long the room was away for its people. From: run.ts. */
import { nats } from "../../../src/journal/nats.ts";
import type { Heal } from "./heal.ts";
import type { Node } from "./node.ts";
import { natsTimeoutMs, type Place, type World } from "./world.ts";

/** Longer than a node is taken to be there without a word (`goneAfterMs`): others take its rooms. */
const pauseMs = 4_000;
const cutMs = 5_000;
/** Longer than a node waits for NATS. */
const deafMs = natsTimeoutMs * 2;
const healMsMax = 20_000;
const heldMsMax = 5_000;

type Fault = (world: World, place: Place) => Promise<readonly Heal[]>;

/** SIGKILL for the one that decides. */
async function killOwner(world: World, place: Place): Promise<readonly Heal[]> {
  const owner = await world.ownerOf(place);
  const heal = world.beginHeal(place);
  await owner.kill();
  await startAgain(world, owner, heal);
  return [heal];
}

async function killFollower(world: World, place: Place): Promise<readonly Heal[]> {
  const node = await followerOf(world, place);
  const heal = world.beginHeal(place);
  await node.kill();
  await startAgain(world, node, heal);
  return [heal];
}

async function pauseFollower(world: World, place: Place): Promise<readonly Heal[]> {
  const node = await followerOf(world, place);
  const heal = world.beginHeal(place);
  node.pause();
  await lasts(pauseMs);
  node.resume();
  return [heal];
}

async function cutFollower(world: World, place: Place): Promise<readonly Heal[]> {
  const node = await followerOf(world, place);
  const heal = world.beginHeal(place);
  for (const proxy of node.proxies) proxy.cut();
  await lasts(cutMs);
  for (const proxy of node.proxies) proxy.accept();
  return [heal];
}

/** It stands still, holds itself for the owner when it goes on, and is not. */
async function pauseOwner(world: World, place: Place): Promise<readonly Heal[]> {
  const owner = await world.ownerOf(place);
  const heal = world.beginHeal(place);
  owner.pause();
  await lasts(pauseMs);
  owner.resume();
  return [heal];
}

/** Its connections to NATS break, and cannot be made anew. */
async function cutOwner(world: World, place: Place): Promise<readonly Heal[]> {
  const owner = await world.ownerOf(place);
  const heal = world.beginHeal(place);
  for (const proxy of owner.proxies) proxy.cut();
  await lasts(cutMs);
  for (const proxy of owner.proxies) proxy.accept();
  return [heal];
}

/** Nothing goes through, and then all of it does. */
async function stallOwner(world: World, place: Place): Promise<readonly Heal[]> {
  const owner = await world.ownerOf(place);
  const heal = world.beginHeal(place);
  for (const proxy of owner.proxies) for (const direction of ["toServer", "toClient"] as const) proxy.hold(direction);
  await lasts(cutMs);
  for (const proxy of owner.proxies) for (const direction of ["toServer", "toClient"] as const) proxy.release(direction);
  return [heal];
}

/** What it writes lands, and it does not hear of that in time. */
async function deafOwner(world: World, place: Place): Promise<readonly Heal[]> {
  const owner = await world.ownerOf(place);
  const heal = world.beginHeal(place);
  for (const proxy of owner.proxies) proxy.hold("toClient");
  await lasts(deafMs);
  for (const proxy of owner.proxies) proxy.release("toClient");
  return [heal];
}

/** It dies, and what it wrote last is there, and nobody was told: those who gave it give it again. */
async function killUnheard(world: World, place: Place): Promise<readonly Heal[]> {
  const owner = await world.ownerOf(place);
  await place.book.catchUp();
  const { rev } = place.book;
  for (const proxy of owner.proxies) proxy.hold("toClient");
  const heldMs = performance.now();
  while (place.book.rev <= Math.max(rev, place.heard.top) && performance.now() - heldMs < heldMsMax) await place.book.catchUp();
  const heal = world.beginHeal(place);
  await owner.kill();
  for (const proxy of owner.proxies) proxy.release("toClient");
  await startAgain(world, owner, heal);
  return [heal];
}

/** It dies with an append under way, which gets there when others have gone on. */
async function lastWords(world: World, place: Place): Promise<readonly Heal[]> {
  const owner = await world.ownerOf(place);
  const said = Promise.race(owner.proxies.map((proxy) => proxy.seen("toServer", world.store.names.opsOf(place.name))));
  for (const proxy of owner.proxies) proxy.hold("toServer");
  await Promise.race([said, lasts(heldMsMax)]);
  const heal = world.beginHeal(place);
  // Before it dies: with its side of a connection the rest would go.
  const deliver = owner.proxies.map((proxy) => proxy.strand());
  await owner.kill();
  await startAgain(world, owner, heal);
  await heal.first(healMsMax);
  await Promise.all(deliver.map((one) => one()));
  return [heal];
}

/** Another journal takes the room, and is never heard of again: a node that dies right after it began. */
async function usurp(world: World, place: Place): Promise<readonly Heal[]> {
  const journal = await nats({ servers: world.nats.addresses, prefix: world.store.names.prefix })({
    newEpoch: () => crypto.randomUUID(),
    onAlarm: () => undefined,
  });
  const heal = world.beginHeal(place);
  await journal.open(place.name);
  await journal.close();
  return [heal];
}

/** The nats-server that leads the stream of the logs. */
async function killNatsLeader(world: World, place: Place): Promise<readonly Heal[]> {
  const { jsm, names } = world.store;
  const { cluster } = await jsm.streams.info(names.ops);
  const leader = world.nats.named(cluster?.leader ?? "");
  const heal = world.beginHeal(place);
  await leader.kill();
  await heal.first(healMsMax);
  await leader.start();
  await world.natsWhole();
  return [heal];
}

/** One node after the other goes, and comes back. */
async function rolling(world: World, place: Place): Promise<readonly Heal[]> {
  const heals: Heal[] = [];
  for (const node of world.nodes) {
    const heal = world.beginHeal(place);
    const status = await node.stop();
    if (status !== 0) throw new Error(`[L13] ${node.name} did not drain: it ended with ${status}`);
    await node.start();
    await heal.all(healMsMax);
    heals.push(heal);
  }
  return heals;
}

export const faults = {
  killOwner,
  killFollower,
  pauseFollower,
  cutFollower,
  pauseOwner,
  cutOwner,
  stallOwner,
  deafOwner,
  killUnheard,
  lastWords,
  usurp,
  killNatsLeader,
  rolling,
} satisfies Record<string, Fault>;
export type FaultKind = keyof typeof faults;

/** One that does not decide there; with one node alone, that one. */
async function followerOf(world: World, place: Place): Promise<Node> {
  const owner = await world.ownerOf(place);
  return world.nodes.find((node) => node !== owner) ?? owner;
}

/** The others take over first, where there are others. */
async function startAgain(world: World, node: Node, heal: Heal): Promise<void> {
  if (world.options.isSpread && world.nodes.length > 1) await heal.first(healMsMax);
  await node.start();
}

/** So long the fault is there. */
const lasts = (ms: number): Promise<void> => Bun.sleep(ms);
