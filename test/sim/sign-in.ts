/** The simulated server's sign-in: the token is the user. It is slow, fails, and takes its word back, as the plan says. From: world.ts. */
import type { Auth } from "../../src/gateway/auth.ts";
import type { LifeClock } from "../../src/testing/life.ts";
import type { World } from "./world.ts";

const signedInMs = 25_000;

export function simAuth(world: World, life: LifeClock): Auth {
  return {
    authenticate: async ({ token = "" }) => {
      const { speaking: watch } = world;
      const tokens = watch?.tokens ?? 0;
      if (world.has("slowHook") && world.chance() < 0.3) {
        world.fire("slowHook");
        await new Promise<void>((resolve) => void life.setTimer(world.chance() * 6_000, resolve));
      }
      if (world.has("throwingHook") && world.chance() < 0.2) {
        world.fire("throwingHook");
        throw new Error("the sign-in's own trouble");
      }
      const isAccepted = !world.revoked.has(token);
      // A token in a live connection (SPEC TOKEN-3): an older one's answer no longer counts.
      if (watch !== undefined && tokens > 0 && tokens === watch.tokens) watch.deniedMs = isAccepted ? undefined : world.clock.monotonic();
      if (!isAccepted) return undefined;
      return { user: token, name: token, ...(world.isPeace ? {} : { expiresAt: life.now() + signedInMs }) };
    },
    authorize: ({ user }) => (user === "u0" ? "host" : "member"),
  };
}
