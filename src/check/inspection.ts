/** What must hold in every state: plain JSON, the invariants, and that a restart brings it back. From: trial.ts. */
import type { AnyActorScope } from "xstate";
import { defaultLimits } from "../protocol/limits.ts";
import type { AnyRoomType } from "../room/define-room.ts";
import { recordDomain, restoreDomain } from "../room/domain.ts";
import { deepFreeze } from "../room/freeze.ts";
import { messageOf, textOf } from "./errors.ts";
import type { Report, Sighting } from "./found.ts";
import { type Moment, valueText } from "./moment.ts";
import { notPlain } from "./plain-json.ts";

type Guarded = <T>(what: string, at: Sighting["at"], run: () => T) => T | undefined;
const checksMax = 4;

export class Inspection {
  readonly #room: AnyRoomType;
  readonly #report: Report;
  readonly #guarded: Guarded;
  readonly #plain = new WeakSet<object>();
  /** How often something dear was checked, per kind. */
  readonly #checks = new Map<string, number>();

  constructor(room: AnyRoomType, report: Report, guarded: Guarded) {
    this.#room = room;
    this.#report = report;
    this.#guarded = guarded;
  }

  /** A few times are enough; the next counts as one. */
  isChecked(kind: string): boolean {
    const checks = this.#checks.get(kind) ?? 0;
    this.#checks.set(kind, checks + 1);
    return checks >= checksMax;
  }

  /** What must hold in every state. */
  at(moment: Moment, scope: AnyActorScope | undefined): void {
    const { context } = moment.state.snapshot as { readonly context: unknown };
    const at = { moment };
    deepFreeze(context);
    const flaw = notPlain(context, this.#plain);
    if (flaw !== undefined) {
      const subject = flaw.replaceAll(/\d+/g, "0");
      this.#report({ code: "not-json", subject, text: `the context is no plain JSON: ${flaw}`, where: valueText(moment), at });
    } else if (scope !== undefined) this.#restore(moment, scope);
    for (const [name, holds] of Object.entries(this.#room.invariants)) {
      const held = this.#guarded(`the invariant '${name}'`, at, () => holds(context as never));
      if (held === false)
        this.#report({ code: "invariant", subject: name, text: `the invariant '${name}' is broken`, where: valueText(moment), at });
    }
  }

  /** As after a restart of the server. */
  #restore(moment: Moment, scope: AnyActorScope): void {
    const { state } = moment;
    const services = Object.keys(state.snapshot.children);
    if (services.length === 0 || this.isChecked(`${services.join()} in ${valueText(moment)}`)) return;
    let flaw: string | undefined;
    try {
      const record = recordDomain(this.#room.machine, state);
      const children = (record.machine as { readonly children: Readonly<Record<string, { readonly systemId?: unknown }>> }).children;
      const named = Object.keys(children).find((id) => children[id]?.systemId !== undefined);
      if (named !== undefined) flaw = `the service '${named}' has a systemId, which cannot be given twice`;
      else if (textOf(restoreDomain(this.#room.machine, state.rev, record, scope, defaultLimits.timersMax)) !== textOf(state))
        flaw = "another state comes back";
    } catch (error) {
      flaw = messageOf(error);
    }
    if (flaw === undefined) return;
    const text = `a restart would not bring this state back: ${flaw}`;
    this.#report({ code: "not-restored", subject: flaw, text, where: valueText(moment), at: { moment } });
  }
}
