/** The admin listener's API, asked with the token. From: inspector.ts, the views. */
import type { ApiError, Explained, OpList, RoomDetail, RoomList, RoomRow, StateAt } from "../../api.ts";

export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
  readonly status: number;
  readonly code: string;
  constructor(status: number, { code, message }: ApiError) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** A page shows that many rooms at most; a search finds the others by the server's own list only where it got that far. */
const roomsMax = 5_000;

export class ApiClient {
  readonly #token: string;
  readonly #onRefused: () => void;

  constructor(token: string, onRefused: () => void) {
    this.#token = token;
    this.#onRefused = onRefused;
  }

  async rooms(onRows: (rows: readonly RoomRow[]) => void): Promise<void> {
    let after: string | undefined;
    for (let count = 0; count < roomsMax; ) {
      const { rooms, next } = await this.#get<RoomList>(`/api/rooms${after === undefined ? "" : `?after=${encodeURIComponent(after)}`}`);
      onRows(rooms);
      count += rooms.length;
      if (next === undefined) return;
      after = next;
    }
  }

  room = (room: string, signal?: AbortSignal): Promise<RoomDetail> => this.#get(pathOf(room), signal);
  ops = (room: string, from: number, limit: number, signal?: AbortSignal): Promise<OpList> =>
    this.#get(`${pathOf(room)}/ops?from=${from}&limit=${limit}`, signal);
  stateAt = (room: string, rev: number, signal?: AbortSignal): Promise<StateAt> => this.#get(`${pathOf(room)}/states/${rev}`, signal);
  refusal = (room: string, n: number, signal?: AbortSignal): Promise<Explained> => this.#get(`${pathOf(room)}/refusals/${n}`, signal);
  exported = async (room: string): Promise<Blob> => (await this.#fetch(`${pathOf(room)}/export`)).blob();

  async #get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return (await this.#fetch(path, signal)).json() as Promise<T>;
  }

  async #fetch(path: string, signal?: AbortSignal): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#token}` };
    const response = await fetch(path, { headers, ...(signal === undefined ? {} : { signal }) });
    if (response.ok) return response;
    if (response.status === 401) this.#onRefused();
    throw new ApiFailure(response.status, await problemOf(response));
  }
}

async function problemOf(response: Response): Promise<ApiError> {
  const text = await response.text();
  try {
    return JSON.parse(text) as ApiError;
  } catch {
    return { code: `HTTP_${response.status}`, message: text || `The server answered ${response.status}.` };
  }
}

const pathOf = (room: string): string => `/api/rooms/${room.split("/").map(encodeURIComponent).join("/")}`;

/** For people. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
export const isAborted = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError";
