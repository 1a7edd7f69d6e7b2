/** One room on several nodes, in memory and on a virtual clock: who decides, who follows, and what clients see of it. */
import { describe, expect, test } from "bun:test";
import { Guest, House } from "./house.ts";

const room = "counter/r";
const owners = (house: House) => house.nodes.filter(({ directory }) => [...directory.rooms].some(({ owner }) => owner !== undefined));

describe("an owner and a follower", () => {
  test("[L1] [L6] whoever comes first decides, and both nodes' clients see all ops in order", async () => {
    const house = await House.of(2);
    const [one, two] = [house.at(0), house.at(1)];
    const ada = await Guest.join(one, "ada");
    const ben = await Guest.join(two, "ben");
    expect(ben.socket.of("welcome")).toMatchObject([{ user: "ben", who: 2, rev: 2, recovered: "first", acked: 0 }]);
    expect(owners(house)).toEqual([one]);
    await ada.add(1);
    await ben.add(10);
    await ada.add(100);
    expect([ada.total, ben.total]).toEqual([111, 111]);
    expect(ada.socket.revs).toEqual([2, 3, 4, 5]);
    expect(ben.socket.revs).toEqual([3, 4, 5]);
    expect(ben.socket.of("delta")).toContainEqual(expect.objectContaining({ ops: [[2, 1, { type: "add", n: 10 }]] }));
  });

  test("[L5] what a client on the other node sends in one go is decided in its order, with the flush, also beside others", async () => {
    const house = await House.of(2);
    const [one, two] = [house.at(0), house.at(1)];
    const ada = await Guest.join(one, "ada");
    const ben = await Guest.join(two, "ben");
    for (let i = 0; i < 50; i++) {
      await ada.add(1, 0);
      await ben.add(1, 1);
    }
    ben.room.sessions.bye(ben.session);
    await house.pass(1_000);
    expect(ada.total).toBe(100);
    const seqs = ada.socket
      .of("delta")
      .flatMap(({ ops }) => ops.filter(([who]: [number]) => who === 2).map(([, seq]: [number, number]) => seq));
    expect(seqs.slice(1)).toEqual([...Array.from({ length: 50 }, (_, i) => i + 1), 0]); // its join, what it sent, its leave
    expect(ada.room.committed?.roster).toHaveLength(1);
  });

  test("[L5] whoever leaves right after a command that waits for the flush has said it", async () => {
    const house = await House.of(2);
    const ada = await Guest.join(house.at(0), "ada");
    const ben = await Guest.join(house.at(1), "ben");
    for (let i = 0; i < 30; i++) await ada.add(1, 1);
    await ada.add(1, 0);
    await ben.add(100, 0);
    ben.room.sessions.bye(ben.session);
    await house.pass(1_000);
    expect(ada.total).toBe(131);
    expect(ada.room.committed?.roster).toHaveLength(1);
  });

  test("[L10] a refusal is told to the client on the other node, after the ops that it tells of, and again when asked again", async () => {
    const house = await House.of(2);
    const [one, two] = [house.at(0), house.at(1)];
    await Guest.join(one, "ada");
    const ben = await Guest.join(two, "ben");
    await ben.add(1);
    await ben.add(-1);
    const refused = { seq: 2, code: "guard", guard: "isPositive", reason: "Only up.", rev: 3 };
    expect(ben.socket.of("refused")).toMatchObject([refused]);
    await two.command(ben.room, ben.socket, 2, { type: "add", n: -1 });
    expect(ben.socket.of("refused")).toMatchObject([refused, refused]);
    await two.command(ben.room, ben.socket, 1, { type: "add", n: 1 }); // it was an op, and is none again
    expect(ben.total).toBe(1);
  });

  test("[L2] a client that comes back on the other node goes on where it was, and nobody sees it leave", async () => {
    const house = await House.of(2);
    const [one, two] = [house.at(0), house.at(1)];
    const ada = await Guest.join(one, "ada");
    const ben = await Guest.join(two, "ben");
    await ben.add(5);
    two.drop(ben.room, ben.socket);
    const back = await Guest.join(one, "ben", { nextSeq: 2, openSeq: 1 });
    expect(back.socket.of("welcome")).toMatchObject([{ who: 2, acked: 1 }]);
    await back.add(5);
    expect(back.total).toBe(10);
    expect(two.room("counter").sessions.size, "it gave the client up").toBe(0);
    await house.pass(20_000);
    expect(ada.room.committed?.roster.map(({ user }) => user)).toEqual(["ada", "ben"]);
    expect(back.socket.closed).toBeUndefined();
  });

  test("[L14] the newest connection of a client wins over all nodes", async () => {
    const house = await House.of(3);
    const [one, two, three] = [house.at(0), house.at(1), house.at(2)];
    await Guest.join(one, "ada");
    const ben = await Guest.join(two, "ben");
    const newer = await Guest.join(three, "ben", { nextSeq: 1 });
    expect(ben.socket.closedBy).toBe("replaced");
    expect(newer.socket.closed).toBeUndefined();
    two.drop(ben.room, ben.socket); // late
    await house.pass(20_000);
    await newer.add(1);
    expect(newer.total).toBe(1);
    expect(newer.room.committed?.roster.map(({ user }) => user)).toEqual(["ada", "ben"]);
  });

  test("[L14] an older connection that its node brings back, later, takes no place", async () => {
    const house = await House.of(3);
    const [one, two, three] = [house.at(0), house.at(1), house.at(2)];
    await Guest.join(one, "ada");
    const ben = await Guest.join(two, "ben");
    house.cut("n1");
    await house.pass(3_000);
    const newer = await Guest.join(three, "ben", { nextSeq: 1 });
    house.heal("n1");
    await house.pass(5_000);
    expect([ben.socket.closedBy, newer.socket.closedBy]).toEqual(["replaced", undefined]);
    await newer.add(1);
    expect(newer.total).toBe(1);
  });

  test("a client id is its user's on all nodes", async () => {
    const house = await House.of(2);
    const [one, two] = [house.at(0), house.at(1)];
    await Guest.join(one, "ada");
    const thief = await Guest.join(two, "ada", { user: "eve" });
    expect(thief.socket.of("closing")).toMatchObject([{ code: "ALREADY_EXISTS" }]);
    const unproven = await Guest.join(two, "ada", { proven: false });
    expect(unproven.socket.of("closing")).toMatchObject([{ code: "ALREADY_EXISTS" }]);
  });

  test("who leaves on the other node leaves; who is lost there has a grace", async () => {
    const house = await House.of(2);
    const [one, two] = [house.at(0), house.at(1)];
    const ada = await Guest.join(one, "ada");
    const ben = await Guest.join(two, "ben");
    const cy = await Guest.join(two, "cy");
    ben.room.sessions.bye(ben.session);
    await house.pass(1_000);
    const users = () => ada.room.committed?.roster.map(({ user }) => user);
    expect(users()).toEqual(["ada", "cy"]);
    two.drop(cy.room, cy.socket);
    await house.pass(10_000);
    expect(users()).toEqual(["ada", "cy"]);
    await house.pass(8_000);
    expect(users()).toEqual(["ada"]);
  });

  test("presence goes to the clients of all nodes, and goes with its client", async () => {
    const house = await House.of(2);
    const [one, two] = [house.at(0), house.at(1)];
    const ada = await Guest.join(one, "ada");
    const ben = await Guest.join(two, "ben");
    two.room("counter").ingress.presence(ben.session, { x: 7 }, 10);
    one.room("counter").ingress.presence(ada.session, { x: 8 }, 10);
    await house.pass(1_000);
    expect(ada.socket.of("presence").at(-1)).toBeDefined();
    const seen = (guest: Guest) => new Map(guest.socket.of("presence").flatMap(({ set }) => set as [number, unknown][]));
    expect(seen(ada).get(2)).toEqual({ x: 7 });
    expect(seen(ben).get(1)).toEqual({ x: 8 });
    const cy = await Guest.join(two, "cy");
    expect(seen(cy)).toEqual(
      new Map([
        [1, { x: 8 }],
        [2, { x: 7 }],
      ]),
    );
    two.drop(ben.room, ben.socket);
    await house.pass(1_000);
    expect(ada.socket.of("presence").at(-1)).toMatchObject({ gone: [2] });
  });
});

describe("the owner is gone", () => {
  test("[L2] [L3] a follower takes over, and what was under way is asked again", async () => {
    const house = await House.of(3);
    const [one, two, three] = [house.at(0), house.at(1), house.at(2)];
    const ada = await Guest.join(one, "ada");
    const ben = await Guest.join(two, "ben");
    const cy = await Guest.join(three, "cy");
    await ben.add(1);
    house.cut("n0");
    await two.command(ben.room, ben.socket, ++ben.seq, { type: "add", n: 2 });
    await house.pass(3_000);
    expect(ben.socket.of("error").at(-1)).toMatchObject({ code: "UNAVAILABLE", seq: 2 });
    const took = owners(house).filter((node) => node !== one);
    expect(took).toHaveLength(1);
    await two.command(ben.room, ben.socket, 2, { type: "add", n: 2 });
    await cy.add(4);
    expect([ben.total, cy.total]).toEqual([7, 7]);
    expect(ben.socket.closed ?? cy.socket.closed).toBeUndefined();
    // It comes back: its own word does not count, and its client gets what it missed.
    await one.command(ada.room, ada.socket, ++ada.seq, { type: "add", n: 100 });
    house.heal("n0");
    await house.pass(5_000);
    expect(owners(house)).toEqual(took);
    expect(ada.total).toBe(7);
    const first = ada.socket.of("error").at(-1);
    expect(first).toMatchObject({ code: "UNAVAILABLE" });
    await one.command(ada.room, ada.socket, 1, { type: "add", n: 100 });
    expect([ada.total, ben.total, cy.total]).toEqual([107, 107, 107]);
    const { revs } = ada.socket;
    expect(revs).toEqual(revs.map((_, i) => (revs[0] ?? 0) + i));
  });

  test("its clients have a grace, and then they leave", async () => {
    const house = await House.of(2);
    const [one, two] = [house.at(0), house.at(1)];
    await Guest.join(one, "ada");
    const ben = await Guest.join(two, "ben");
    house.cut("n0");
    await house.pass(6_000);
    const users = () => ben.room.committed?.roster.map(({ user }) => user);
    expect(users()).toEqual(["ada", "ben"]);
    const back = await Guest.join(two, "ada", { nextSeq: 1 });
    expect(back.socket.of("welcome")).toMatchObject([{ who: 1 }]);
    two.drop(back.room, back.socket);
    await house.pass(20_000);
    expect(users()).toEqual(["ben"]);
  });

  test("a room is handed over when its owner stops", async () => {
    const house = await House.of(2);
    const [one, two] = [house.at(0), house.at(1)];
    await Guest.join(one, "ada");
    const ben = await Guest.join(two, "ben");
    await ben.add(1);
    one.node?.drain();
    const stopped = one.directory.stop();
    await house.pass(1_000);
    await stopped;
    expect(owners(house)).toEqual([two]);
    await ben.add(2);
    expect(ben.total).toBe(3);
    expect(ben.socket.closed).toBeUndefined();
  });
});

describe("what is lost between nodes", () => {
  test("[L2] [L14] a follower that was cut off goes on where it was, and its clients never left", async () => {
    const house = await House.of(2);
    const [one, two] = [house.at(0), house.at(1)];
    const ada = await Guest.join(one, "ada");
    const ben = await Guest.join(two, "ben");
    house.cut("n1");
    await ada.add(1);
    await ben.add(2);
    await house.pass(5_000);
    expect([ada.total, ben.total]).toEqual([1, 0]);
    expect(ben.socket.of("error").at(-1)).toMatchObject({ code: "UNAVAILABLE", seq: 1 });
    house.heal("n1");
    await house.pass(4_000);
    await two.command(ben.room, ben.socket, 1, { type: "add", n: 2 }, 500);
    expect([ada.total, ben.total]).toEqual([3, 3]);
    await house.pass(20_000);
    expect(ada.room.committed?.roster.map(({ user }) => user)).toEqual(["ada", "ben"]);
    expect(ben.socket.closed).toBeUndefined();
  });

  test("a lost command is asked of its client again, as soon as its loss is noticed", async () => {
    const house = await House.of(2);
    const [one, two] = [house.at(0), house.at(1)];
    await Guest.join(one, "ada");
    const ben = await Guest.join(two, "ben");
    let lost = 0;
    house.log.net.loses = (packet) => packet.type === "message" && packet.message.kind === "command" && ++lost === 1;
    await ben.add(1);
    await house.pass(1_500);
    expect(ben.socket.of("error")).toMatchObject([{ code: "OUT_OF_RANGE", seq: 1 }]);
    await two.command(ben.room, ben.socket, 1, { type: "add", n: 1 }, 500);
    await two.command(ben.room, ben.socket, 2, { type: "add", n: 10 }, 500);
    expect([lost, ben.total]).toEqual([3, 11]);
  });

  test("[L10] a lost refusal is told when both nodes agree anew", async () => {
    const house = await House.of(2);
    const [one, two] = [house.at(0), house.at(1)];
    await Guest.join(one, "ada");
    const ben = await Guest.join(two, "ben");
    let sent = 0;
    house.log.net.loses = (packet) => packet.type === "message" && packet.message.kind === "refused" && ++sent === 1;
    await ben.add(-1, 50);
    expect([sent, ben.socket.of("refused")]).toEqual([1, []]);
    await house.pass(3_000);
    expect(ben.socket.of("refused")[0]).toMatchObject({ seq: 1, guard: "isPositive" });
    await ben.add(10);
    expect(ben.total).toBe(10);
  });

  test.each(["attach", "attached"])("a lost %s is made good", async (kind) => {
    const house = await House.of(3);
    const [one, two, three] = [house.at(0), house.at(1), house.at(2)];
    await Guest.join(one, "ada");
    const [ben, cy] = [await Guest.join(two, "ben"), await Guest.join(three, "cy")];
    let lost = 0;
    house.log.net.loses = (packet) => packet.type === "message" && packet.message.kind === kind && ++lost === 1;
    one.node?.drain();
    void one.directory.stop();
    await house.pass(6_000);
    expect(lost).toBeGreaterThan(0);
    await ben.add(1, 500);
    await cy.add(2, 500);
    expect([ben.total, cy.total]).toEqual([3, 3]);
    expect(ben.socket.closed ?? cy.socket.closed).toBeUndefined();
  });

  test("[L3] [L4] what is decided and not durable is not acknowledged when nodes agree anew", async () => {
    const house = await House.of(2);
    const [one, two] = [house.at(0), house.at(1)];
    await Guest.join(one, "ada");
    const ben = await Guest.join(two, "ben");
    house.log.fault = ({ kind }) => (kind === "append" ? "unreachable" : undefined);
    await ben.add(1, 50);
    ben.room.cluster?.onLost("n0");
    await house.pass(500);
    expect(ben.session.ackedSeq).toBe(0);
    expect(ben.socket.of("delta").filter(({ acked }) => acked > 0)).toEqual([]);
    house.log.fault = () => undefined;
    await house.pass(10_000);
    expect(ben.total).toBe(0);
    await two.command(ben.room, ben.socket, 1, { type: "add", n: 1 }, 500);
    expect([ben.total, ben.session.ackedSeq]).toEqual([1, 1]);
  });

  test("[L14] who was lost while its new connection was under way is not taken for away", async () => {
    const house = await House.of(2);
    const [one, two] = [house.at(0), house.at(1)];
    await Guest.join(one, "ada");
    const ben = await Guest.join(two, "ben");
    house.log.net.latencyMs = () => 50;
    const again = await two.join(ben.room, "ben", {}, 10);
    two.drop(ben.room, ben.socket);
    await house.pass(1_000);
    expect(again.of("welcome")).toHaveLength(1);
    expect(one.room("counter").places?.find("ben", "ben")).toMatchObject({ who: 2, connected: true });
  });

  test("[L10] a refusal that was told is known to the next owner", async () => {
    const house = await House.of(3);
    const [one, two, three] = [house.at(0), house.at(1), house.at(2)];
    await Guest.join(one, "ada");
    const ben = await Guest.join(two, "ben");
    await Guest.join(three, "cy");
    await ben.add(1);
    await ben.add(-1);
    house.cut("n0");
    await house.pass(4_000);
    await two.command(ben.room, ben.socket, 2, { type: "add", n: 100 }, 500); // another text under an old number
    expect(ben.socket.of("refused").map(({ seq }) => seq)).toEqual([2, 2]);
    await two.command(ben.room, ben.socket, 3, { type: "add", n: 1 }, 500);
    expect(ben.total).toBe(2);
  });
});

test("a timer of a room that nobody has wakes on one node", async () => {
  const house = await House.of(3, { limits: { idleRoomMs: 1_000 } });
  const [one, two, three] = [house.at(0), house.at(1), house.at(2)];
  for (const { directory } of house.nodes) directory.start();
  const ada = await Guest.join(one, "ada");
  await one.command(ada.room, ada.socket, 1, { type: "fuse" });
  ada.room.sessions.bye(ada.session);
  await house.pass(3_000);
  house.cut("n0");
  await house.pass(70_000);
  const bangs = house.log.store.get(room)?.entries.filter(({ data }) => data.includes('"timer"'));
  expect(bangs).toHaveLength(1);
  expect([two, three].map(({ counts }) => counts["cluster.claimed"] ?? 0).sort()).toEqual([0, 1]);
});
