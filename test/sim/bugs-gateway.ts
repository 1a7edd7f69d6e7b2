/** Planted bugs of connections and sign-ins: see bugs.ts. */
import type { Bug } from "./bugs.ts";

export const gatewayBugs: readonly Bug[] = [
  {
    name: "any resume secret is good",
    file: "src/gateway/auth.ts",
    find: "return given.length === known.length && timingSafeEqual(given, known);",
    replace: "return given.length > 0 && known.length > 0;",
    seed: 1,
  },
  {
    name: "a sign-in never ends",
    file: "src/gateway/heartbeat.ts",
    find: "} else if (connection.expiresAt <= now) {",
    replace: "} else if (connection.expiresAt <= 0) {",
    seed: 13,
  },
  {
    name: "a sign-in that was taken back lasts until it expires",
    file: "src/gateway/renewals.ts",
    find: "if (!signedIn.ok) return connection.turnAway(signedIn.code, signedIn.close, signedIn.reason);",
    replace: "if (!signedIn.ok) return connection.refuse(signedIn.code, signedIn.reason);",
    seed: 20,
  },
  {
    name: "commands are not rationed",
    file: "src/gateway/connection.ts",
    find: '      this.#host.count("rateLimited.command");\n      if (seq',
    replace:
      '      this.#host.count("rateLimited.command");\n      if (seq !== 0) return room.ingress.command(session, seq, event, this.frameBytes);\n      if (seq',
    seed: 5,
  },
  {
    name: "who falls silent is not let go",
    file: "src/gateway/heartbeat.ts",
    find: "      connection.missedHeartbeat();\n",
    replace: "",
    seed: 3,
  },
  {
    name: "who says no hello may stay",
    file: "src/gateway/heartbeat.ts",
    find: 'if (connection.phase !== "joined" && nowMs',
    replace: 'if (connection.phase === "authenticating" && nowMs',
    seed: 48,
  },
];
