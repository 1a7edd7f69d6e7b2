/**
 * A server to be attacked. A token is `<kind>:<user>:<secret>`: the kind says how the sign-in behaves, the user's first word is the role;
 * `guest:<any text>` is a name as guests give it. HOSTILE_LIMITS, as JSON, makes limits small where a case needs that.
 */
import { type Auth, defineConfig, guests, type Limits, meeting, type Role } from "../../../src/index.ts";
import { sabotage } from "./sabotage.ts";

const roles: Readonly<Record<string, Role>> = { host: "host", cohost: "cohost", observer: "observer" };
const slowMs = 300;
const briefMs = 1_000;
const shownOnce = new Set<string>();

const auth: Auth = {
  async authenticate(credentials) {
    const { token = "" } = credentials;
    const [kind = "", user = ""] = token.split(":");
    if (kind === "guest") return guests().authenticate({ ...credentials, token: token.slice("guest:".length) });
    if (kind === "loose") console.error(`signed in with ${token}`); // what no server may do: for a canary
    if (kind === "throwing") throw new Error("the list of users does not answer");
    if (kind === "endless") return new Promise(() => undefined);
    if (kind === "slow") await new Promise((resolve) => setTimeout(resolve, slowMs));
    if (kind === "once" && shownOnce.has(token)) return undefined;
    shownOnce.add(token);
    if (user === "") return undefined;
    const expiresAt = kind === "expired" ? Date.now() - 1 : kind === "brief" ? Date.now() + briefMs : undefined;
    return { user, name: user, ...(expiresAt === undefined ? {} : { expiresAt }) };
  },
  authorize: ({ user }) => (user.startsWith("barred") ? undefined : (roles[user.split("-")[0] ?? ""] ?? "member")),
};

const limits = JSON.parse(process.env["HOSTILE_LIMITS"] ?? "{}") as Partial<Limits>;
export default defineConfig({ rooms: [meeting, sabotage], auth, limits });
