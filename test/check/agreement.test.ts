/** What the checker says of a command is what the server's owner does with it, and what `verdict` tells. */
import { expect, test } from "bun:test";
import { explore } from "../../src/check/explore.ts";
import type { Moment, Move } from "../../src/check/moment.ts";
import { people } from "../../src/check/people.ts";
import { Sandbox } from "../../src/check/sandbox.ts";
import { roomInput, Trial } from "../../src/check/trial.ts";
import { meeting } from "../../src/meeting/room.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import type { AnyRoomType } from "../../src/room/define-room.ts";
import { stampEvent } from "../../src/room/domain.ts";
import { Owner } from "../../src/room/owner.ts";
import { verdict } from "../../src/room/verdict.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { board } from "../support/board.ts";

interface Said {
  readonly moment: Moment;
  readonly move: Move;
  /** Undefined: accepted. */
  readonly reason: string | undefined;
}

function explored(room: AnyRoomType, statesMax: number): readonly Said[] {
  using sandbox = new Sandbox();
  const trial = new Trial(room, sandbox, ({ text }) => {
    throw new Error(text);
  });
  const said: Said[] = [];
  const bounds = { statesMax, triesMax: 10_000, depthMax: 50 };
  const nothing = () => undefined;
  const refused = (moment: Moment, { move }: { readonly move: Move }) => {
    said.push({ moment, move, reason: trial.reason(moment, move) });
  };
  explore(
    room,
    trial,
    { commands: [], outputs: {}, bounds },
    {
      moment: nothing,
      done: nothing,
      threw: nothing,
      refused,
      noEffect: refused,
      isMissing: () => false,
      taken: (moment, move) => {
        if (move.op.seq > 0) said.push({ moment, move, reason: undefined });
      },
    },
  );
  return said;
}

/** The real one, in that state, with those people. */
function ownerAt(room: AnyRoomType, { state, here }: Moment, at: number): Owner {
  const roster = people
    .filter(({ user }) => here.has(user))
    .map(({ who, user, name, role, client }) => ({ who, user, name, role, client }));
  const clock = new VirtualClock(at);
  const onTrouble = (_: string, error: unknown) => {
    throw error;
  };
  const options = {
    def: room,
    machine: room.machine,
    clock,
    limits: defaultLimits,
    development: false,
    onTrouble,
    onWork: () => undefined,
  };
  return new Owner(options, { input: roomInput, domain: state, roster, fates: [], migratedAt: undefined });
}

for (const [name, room, statesMax] of [
  ["board", board, 20],
  ["meeting", meeting, 12],
] as const) {
  test(`[check] ${name}: what is accepted and what is refused, and why, is what the owner does`, () => {
    const said = explored(room, statesMax);
    for (const kind of [said.filter(({ reason }) => reason === undefined), said.filter(({ reason }) => reason !== undefined)]) {
      expect(kind.length).toBeGreaterThan(50);
      // Every seventh, so that all kinds of commands come up and the test stays quick.
      for (const { moment, move, reason } of kind.filter((_, i) => i % 7 === 0)) {
        const { op, person } = move;
        const owner = ownerAt(room, moment, op.at);
        owner.start();
        const refusal = owner.command(person?.who ?? 0, 1, op.event);
        owner.stop();
        expect(refusal?.reason).toBe(reason as string);
        const told = verdict(room, moment.state.snapshot, stampEvent(op));
        expect(told.verdict === "refused").toBe(reason !== undefined);
      }
    }
  });
}
