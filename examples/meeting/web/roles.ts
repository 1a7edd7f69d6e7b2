/** Roles in words. */
import type { Role } from "../../../machines/meeting.ts";

export const roleNames: Readonly<Record<Role, string>> = { host: "Host", cohost: "Cohost", member: "Member", observer: "Observer" };
const articles: Readonly<Record<Role, string>> = { host: "a host", cohost: "a cohost", member: "a member", observer: "an observer" };
export const articleOf = (role: Role): string => articles[role];
/** The first may do most. */
export const rolesByRank: readonly Role[] = ["host", "cohost", "member", "observer"];
