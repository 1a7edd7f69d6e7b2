/** Roles in words. */
export type Role = keyof typeof roleNames;
export const roleNames = { host: "Host", cohost: "Cohost", member: "Member", observer: "Observer" } as const;
const articles: Readonly<Record<Role, string>> = { host: "a host", cohost: "a cohost", member: "a member", observer: "an observer" };
export const articleOf = (role: Role): string => articles[role];
/** The first may do most. */
export const rolesByRank: readonly Role[] = ["host", "cohost", "member", "observer"];
