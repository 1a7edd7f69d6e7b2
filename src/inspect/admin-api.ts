/** The inspector's questions, answered from the running rooms and from the journal. From: admin.ts, which has checked the token. Shapes: api.ts. */
import type { Journal } from "../journal/port.ts";
import type { Limits } from "../protocol/limits.ts";
import { isId } from "../protocol/names.ts";
import type { Directory, ServedType } from "../room/directory.ts";
import type { Room } from "../room/room.ts";
import type { ApiError, Explained, OpList, RefusalList, RoomDetail, RoomList, RoomRow, StateAt } from "./api.ts";
import { definitionOf } from "./definition.ts";
import { explained } from "./explained.ts";
import { Histories } from "./histories.ts";
import type { History } from "./history.ts";
import type { Inspection } from "./inspection.ts";
import { exportLog } from "./log.ts";
import { RebuildError } from "./rebuild.ts";
import { countSessions } from "./room-news.ts";

export interface ApiOptions {
  readonly inspection: Inspection;
  readonly directory: Directory;
  readonly journal: Journal;
  readonly types: readonly ServedType[];
  readonly limits: Limits;
  readonly onTrouble: (where: string, error: unknown) => void;
}

const roomsPerAnswer = 200;
const opsDefault = 200;
const opsMax = 500;

export function adminApi({ inspection, directory, journal, types, limits, onTrouble }: ApiOptions): (url: URL) => Promise<Response> {
  const histories = new Histories({ journal, limits });
  const running = (name: string): Room | undefined => [...directory.rooms].find((room) => room.name === name && room.feed !== undefined);

  const rowOf = (name: string, kept: { epoch: string; rev: number } | undefined, room: Room | undefined): RoomRow => ({
    room: name,
    state: room?.state ?? "asleep",
    epoch: room?.feed?.epoch ?? kept?.epoch,
    rev: room?.feed?.rev ?? kept?.rev ?? 0,
    ...(room === undefined ? {} : { sessions: countSessions(room) }),
  });

  async function rooms(after: string): Promise<RoomList> {
    const kept = await journal.list(after, roomsPerAnswer + 1);
    const byName = new Map([...directory.rooms].map((room) => [room.name, room]));
    const rows = kept.slice(0, roomsPerAnswer).map((entry) => rowOf(entry.room, entry, byName.get(entry.room)));
    const last = rows.at(-1);
    return kept.length > roomsPerAnswer && last !== undefined ? { rooms: rows, next: last.room } : { rooms: rows };
  }

  async function detail(history: History): Promise<RoomDetail> {
    const { room, def } = history;
    const { opsFrom, statesFrom, head, epoch, note } = await history.extent();
    return {
      ...rowOf(room, { epoch, rev: head }, running(room)),
      type: def.type,
      version: def.version,
      definition: definitionOf(def.machine),
      opsFrom,
      statesFrom,
      ...(note === undefined ? {} : { note }),
    };
  }

  async function ops(history: History, query: URLSearchParams): Promise<OpList> {
    const from = whole(query.get("from"), 1);
    const limit = Math.min(whole(query.get("limit"), opsDefault), opsMax);
    return { ops: await history.ops(Math.max(1, from), limit) };
  }

  async function refusal(history: History, n: number): Promise<Explained | undefined> {
    const kept = inspection.refusals.get(n);
    if (kept === undefined || kept.message.room !== history.room) return undefined;
    const { epoch } = await history.extent();
    if (epoch !== kept.epoch) return explained(history.def, kept, "The history that this was decided in is lost.");
    try {
      const { domain } = await history.at(kept.message.rev);
      return explained(history.def, kept, domain);
    } catch (error) {
      if (error instanceof RebuildError) return explained(history.def, kept, error.message);
      throw error;
    }
  }

  async function ofRoom(type: string, id: string, rest: readonly string[], query: URLSearchParams): Promise<Response> {
    const served = types.find(({ def }) => def.type === type);
    if (served === undefined) return failure(404, "NOT_FOUND", `The room type '${type}' is not served here.`);
    const history = await histories.of(served, `${type}/${id}`);
    if (history === undefined) return failure(404, "NOT_FOUND", `There is no room ${type}/${id}.`);
    const [what, which] = rest;
    if (what === undefined) return answer(await detail(history));
    if (what === "ops" && which === undefined) return answer(await ops(history, query));
    if (what === "states" && which !== undefined) return answer((await history.stateAt(whole(which, -1))) satisfies StateAt);
    if (what === "refusals" && which === undefined) {
      const refusals = inspection.refusals.of(history.room).map(({ message, reason }) => ({ ...message, reason }));
      return answer({ refusals } satisfies RefusalList);
    }
    if (what === "refusals" && which !== undefined) {
      const found = await refusal(history, whole(which, -1));
      return found === undefined ? failure(404, "NOT_FOUND", "That refusal is no longer known.") : answer(found);
    }
    if (what === "export" && which === undefined)
      return new Response(
        streamOf(exportLog(journal, history.room, served.def), (error) => onTrouble(`exporting the log of ${history.room}`, error)),
        { headers: jsonHeaders },
      );
    return failure(404, "NOT_FOUND", "There is no such question.");
  }

  return async ({ pathname, searchParams }) => {
    const [, , what, type, id, ...rest] = pathname.split("/");
    if (what !== "rooms" || rest.length > 2) return failure(404, "NOT_FOUND", "There is no such question.");
    if (type === undefined) return answer(await rooms(searchParams.get("after") ?? ""));
    if (id === undefined || !isId(type) || !isId(id)) return failure(404, "NOT_FOUND", "A room is <type>/<id>.");
    try {
      return await ofRoom(type, id, rest, searchParams);
    } catch (error) {
      if (error instanceof RebuildError) return failure(410, "GONE", error.message);
      throw error;
    }
  };
}

const jsonHeaders = {
  "content-type": "application/json; charset=utf-8",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
};
const answer = (body: unknown): Response => new Response(JSON.stringify(body), { headers: jsonHeaders });

export const failure = (status: number, code: string, message: string): Response =>
  new Response(JSON.stringify({ code, message } satisfies ApiError), { status, headers: jsonHeaders });

/** Pulled as it is read, so that a long log is never all in memory. A failure in the middle ends the connection, not the answer. */
const streamOf = (chunks: AsyncGenerator<string>, onTrouble: (error: unknown) => void): ReadableStream<Uint8Array> => {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else controller.enqueue(encoder.encode(value));
      } catch (error) {
        onTrouble(error);
        controller.error(error);
      }
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
};

/** A whole number of what a client wrote, or `otherwise`. */
function whole(text: string | null, otherwise: number): number {
  const number = Number(text ?? Number.NaN);
  return Number.isSafeInteger(number) && number >= 0 ? number : otherwise;
}
