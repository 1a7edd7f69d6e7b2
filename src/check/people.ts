/** Who takes part while a machine is explored: one person of each role and a second member. */
export interface Person {
  readonly user: string;
  readonly name: string;
  readonly role: "host" | "cohost" | "member" | "observer";
  readonly client: string;
  readonly who: number;
}

const person = (user: string, role: Person["role"], who: number): Person => ({
  user,
  name: user.charAt(0).toUpperCase() + user.slice(1),
  role,
  client: `c${who}`,
  who,
});

export const people: readonly Person[] = [
  person("hana", "host", 1),
  person("cora", "cohost", 2),
  person("mia", "member", 3),
  person("max", "member", 4),
  person("otto", "observer", 5),
];
export const roles = ["host", "cohost", "member", "observer"] as const;

const perUser = new Map(people.flatMap((one) => [[one.user, one] as const, [one.name, one] as const]));
/** By user or name. */
export const personOf = (text: string): Person | undefined => perUser.get(text);
/** The form of a stamp's `id`, which is what people's commands create things under; perhaps with something behind it: `c1-3.0`. */
export const isStampId = (text: string): boolean => /^(c\d+-\d+|r\d+)(\W\w*)?$/.test(text);
