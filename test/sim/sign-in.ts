/** The simulated server's sign-in: the token is the user. It is slow, fails, and takes its word back, as the plan says. From: lives.ts, test/cluster/sim/nodes.ts. */
import type { Auth } from "../../src/gateway/auth.ts";
import type { LifeClock } from "../../src/testing/life.ts";
import type { Crowd } from "./crowd.ts";

const signedInMs = 25_000;

export function simAuth(crowd: Crowd, life: LifeClock): Auth {
  return {
    authenticate: async ({ token = "" }) => {
      const { speaking: watch } = crowd;
      const tokens = watch?.tokens ?? 0;
      if (crowd.has("slowHook") && crowd.chance() < 0.3) {
        crowd.fire("slowHook");
        await new Promise<void>((resolve) => void life.setTimer(crowd.chance() * 6_000, resolve));
      }
      if (crowd.has("throwingHook") && crowd.chance() < 0.2) {
        crowd.fire("throwingHook");
        throw new Error("the sign-in's own trouble");
      }
      const isAccepted = !crowd.revoked.has(token);
      // A token in a live connection (SPEC TOKEN-3): an older one's answer no longer counts.
      if (watch !== undefined && tokens > 0 && tokens === watch.tokens) watch.deniedMs = isAccepted ? undefined : crowd.clock.monotonic();
      if (!isAccepted) return undefined;
      return { user: token, name: token, ...(crowd.isPeace ? {} : { expiresAt: life.now() + signedInMs }) };
    },
    authorize: ({ user }) => (user === "u0" ? "host" : "member"),
  };
}
