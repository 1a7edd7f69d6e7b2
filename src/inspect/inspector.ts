/** The inspector as a server has it: who looks on, the admin listener, a receiver of Stately's elsewhere. From: gateway/server.ts. Nothing of it exists unless asked for. */
import type { Clock } from "../clock.ts";
import type { Watch } from "../room/watch.ts";
import { type Admin, type AdminListenerOptions, type Scrape, serveAdmin } from "./admin.ts";
import type { ApiOptions } from "./admin-api.ts";
import { Inspection } from "./inspection.ts";
import { startOutbound } from "./outbound.ts";

export interface InspectorOptions {
  /** The admin listener. Without it there is none. */
  readonly admin?: AdminListenerOptions;
  /** Records from the start, so that whoever comes later sees what was. Otherwise only while somebody watches. Default: in development. */
  readonly always?: boolean;
  /** `ws://…`: sends it all there, to a receiver that speaks the WebSocket protocol of `@statelyai/inspect`. */
  readonly sendTo?: string;
}

interface Given extends Omit<ApiOptions, "inspection"> {
  readonly clock: Clock;
  readonly development: boolean;
  readonly watch: Watch;
  readonly onTrouble: (where: string, error: unknown) => void;
  /** The public port. */
  readonly beside: number;
  /** There where there is an admin listener. */
  readonly scrape: Scrape | undefined;
}

export interface Inspector {
  readonly url: URL | undefined;
  stop(): Promise<void>;
}

/** Throws a `TypeError` for a token that is too short, or an address that is none; and what listening throws. */
export function createInspector(options: InspectorOptions | undefined, given: Given): Inspector | undefined {
  if (options?.admin === undefined && options?.sendTo === undefined) return undefined;
  const { clock, watch, directory, development, onTrouble } = given;
  const inspection = new Inspection({
    clock,
    watch,
    rooms: () => directory.rooms,
    always: options.always ?? development,
    onTrouble: (error) => onTrouble("the inspector", error),
  });
  let admin: Admin | undefined;
  try {
    admin = options.admin && serveAdmin({ ...given, ...options.admin, inspection });
    const outbound =
      options.sendTo === undefined
        ? undefined
        : startOutbound({
            address: options.sendTo,
            source: inspection,
            clock,
            random: Math.random,
            onTrouble: (sentence) => onTrouble("sending to a receiver of Stately's", new Error(sentence)),
          });
    return {
      url: admin?.url,
      async stop() {
        outbound?.stop();
        await admin?.stop();
        inspection.stop();
      },
    };
  } catch (error) {
    // Of a start that fails nothing stays.
    void admin?.stop();
    inspection.stop();
    throw error;
  }
}
