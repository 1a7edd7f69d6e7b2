/** Healthy people: two in the room that is attacked, two in another. Whatever happens there, they go on talking and notice nothing. */
import { meeting } from "../../../src/meeting/room.ts";
import { TestClient, together } from "../../support/client.ts";
import type { Victim } from "./victim.ts";

/** From a command to its op at the other one. */
const exchangeMsMax = 1_000;

export class Bystanders {
  readonly near: readonly [TestClient, TestClient];
  readonly far: readonly [TestClient, TestClient];
  #messages = 0;
  readonly #read = new Map<TestClient, number>();

  private constructor(near: readonly [TestClient, TestClient], far: readonly [TestClient, TestClient]) {
    this.near = near;
    this.far = far;
  }

  static async arrive(victim: Victim, attacked = "meeting/hall", other = "meeting/far"): Promise<Bystanders> {
    const enter = (room: string, user: string) =>
      TestClient.join(meeting, victim.url(room), { client: user, token: `as:${user}:of-no-interest`, reportEveryBytes: 64 * 1024 });
    const host = await enter(attacked, "host-ada");
    const far = await enter(other, "host-cy");
    host.send({ type: "meeting.start" });
    return new Bystanders([host, await enter(attacked, "ben")], [far, await enter(other, "di")]);
  }

  get all(): readonly TestClient[] {
    return [...this.near, ...this.far];
  }

  /** Each pair exchanges a command, both ways. Throws what they noticed. */
  async unharmed(secrets: Iterable<string>): Promise<void> {
    for (const { closed, options } of this.all)
      if (closed !== undefined) throw new Error(`bystanders: ${options.client} was closed with ${closed.code}`);
    await Promise.all([exchange(this.near, ++this.#messages), exchange(this.far, this.#messages)]);
    for (const pair of [this.near, this.far]) {
      await together(...pair);
      if (pair[0].state !== pair[1].state) throw new Error("bystanders: two of one room have different states");
    }
    for (const client of this.all) {
      const who = client.options.client;
      if (client.gaps > 0) throw new Error(`bystanders: ${who} saw ${client.gaps} gaps`);
      const heard = JSON.stringify(client.frames.slice(this.#read.get(client) ?? 0));
      this.#read.set(client, client.frames.length);
      if (client.of("error").length > 0) throw new Error(`bystanders: ${who} was told ${JSON.stringify(client.of("error"))}`);
      for (const secret of secrets) if (heard.includes(secret)) throw new Error(`bystanders: ${who} heard the secret ${secret}`);
    }
  }

  leave(): void {
    for (const client of this.all) client.close();
  }
}

async function exchange([one, other]: readonly [TestClient, TestClient], n: number): Promise<void> {
  await Promise.all([tell(one, other, n), tell(other, one, n)]);
}

async function tell(from: TestClient, to: TestClient, n: number): Promise<void> {
  const text = `${from.options.client} says ${n}`;
  const before = to.frames.length;
  const seq = from.send({ type: "chat.send", text });
  const heard = () =>
    to.frames.slice(before).some(({ type, payload }) => type === "delta" && JSON.stringify(payload).includes(`"${text}"`));
  await to.until(heard, `bystanders: '${text}'`, exchangeMsMax);
  if (!(await from.fate(seq)).ok) throw new Error(`bystanders: '${text}' was refused`);
}
