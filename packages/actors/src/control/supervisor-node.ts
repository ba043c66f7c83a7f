/**
 * A supervisor: starts, stops and restarts its children by its strategy. The root of a tree has no
 * parent. What callers ask of it is in child-commands.ts.
 */
import type { Timer } from '@ganglion/runtime/contract';
import { textOf } from '../errors.js';
import type { PlannedChild, SupervisorPlan } from '../protocol.js';
import type { IdWords } from '../spawn.js';
import { ActorNode } from './actor-node.js';
import { ChildCommands } from './child-commands.js';
import { callsForRestart, decideRestart, RecentTimes } from './restart-policy.js';
import { NOBODY, notStarted } from './supervision.js';
import type { Ending, Node, Parent, StartOutcome, SupervisedActors } from './supervision.js';

/** A restart of several children. */
interface GroupRestart {
  readonly members: ReadonlySet<Node>;
  /** The start may not begin before: the longest of the back-offs that led to it. */
  readonly dueMs: number;
  phase: 'stopping' | 'waiting' | 'starting';
  timer: Timer | undefined;
}

/** See the file's header. */
export class SupervisorNode implements Node, Parent {
  readonly path: string;
  readonly plan: PlannedChild;
  readonly spec: SupervisorPlan;
  readonly commands: ChildCommands;
  readonly failures: RecentTimes = new RecentTimes();
  restarts = 0;
  readonly #actors: SupervisedActors;
  readonly #parent: Parent | undefined;
  readonly #onReleased: () => void;
  /** The children of the specification, whatever became of them. */
  readonly #listed: readonly Node[];
  /** In start order. */
  readonly #children = new Map<string, Node>();
  readonly #timers = new Map<Node, Timer>();
  /** The last restart of each child that is restarted alone, until its outcome is dealt with. */
  readonly #attempts = new Map<Node, number>();
  #attempt = 0;
  readonly #onSettled: (() => void)[] = [];
  #id: IdWords = NOBODY;
  #state: 'down' | 'starting' | 'running' | 'stopping' = 'down';
  #restartTimes = new RecentTimes();
  /** The last event that was counted as a failure. */
  #lastEvent = 0;
  #group: GroupRestart | undefined;
  #onStart: ((outcome: StartOutcome) => void) | undefined;
  /** The child that is being started in its order. */
  #current: Node | undefined;
  /** Why the supervisor ends as soon as it has started. */
  #done: string | undefined;
  #stopped: Promise<void> = Promise.resolve();
  /** Changes when what is under way with the children is dropped (SUPERVISION-5). */
  #era = 0;
  /** True if its parent, and not it alone, wants it down. */
  #stopAsked = false;

  constructor(
    actors: SupervisedActors,
    parent: Parent | undefined,
    plan: PlannedChild,
    spec: SupervisorPlan,
    onReleased: () => void = () => undefined,
  ) {
    this.#actors = actors;
    this.#parent = parent;
    this.#onReleased = onReleased;
    this.plan = plan;
    this.spec = spec;
    this.path = parent === undefined ? plan.id : `${parent.path}/${plan.id}`;
    this.commands = new ChildCommands(this, actors);
    this.#listed = spec.children.map((child) => this.#makeNode(child));
  }

  get id(): IdWords {
    return this.#id;
  }

  get state(): Node['state'] {
    return this.#state;
  }

  get children(): ReadonlyMap<string, Node> {
    return this.#children;
  }

  start(): Promise<StartOutcome> {
    return new Promise((resolve) => {
      this.#era += 1;
      this.#stopAsked = false;
      this.#restartTimes = new RecentTimes();
      this.#done = undefined;
      try {
        this.#open();
      } catch (error) {
        const text = notStarted(this.path, { reason: 'startFailed', text: textOf(error) });
        resolve({ state: 'failed', text });
        return;
      }
      this.#onStart = resolve;
      this.#setState('starting');
      this.#children.clear();
      for (const child of this.#listed) this.#children.set(child.plan.id, child);
      void this.#startAll(this.#listed, this.#era);
    });
  }

  stop(): Promise<void> {
    this.#stopAsked = true;
    return this.#halt();
  }

  release(): void {
    if (this.#id === NOBODY) return;
    for (const child of [...this.#children.values()].toReversed()) child.release();
    this.#actors.close(this.#id);
    this.#id = NOBODY;
    this.#onReleased();
  }

  childExited(child: Node, ending: Ending): void {
    if (this.#state !== 'running' && this.#state !== 'starting') return;
    if (this.#group?.phase === 'stopping' && this.#group.members.has(child)) return;
    if (!callsForRestart(child.plan.restart, ending.reason)) {
      this.#childEnded(child, ending);
      return;
    }
    const { event } = ending;
    const charged = event !== undefined && event <= this.#lastEvent;
    this.#lastEvent = Math.max(event ?? 0, this.#lastEvent);
    const history = {
      restarts: charged ? undefined : this.#restartTimes,
      failures: child.failures,
    };
    const { clock, random } = this.#actors;
    const decision = decideRestart(this.spec, history, clock.monotonicMs(), random.float());
    if (decision.kind === 'giveUp') {
      this.#giveUp(child, ending);
      return;
    }
    child.restarts += 1;
    const { delayMs } = decision;
    const { restarts } = child;
    const { reason, text } = ending;
    this.#actors.emit({ kind: 'restart', child: child.path, reason, text, delayMs, restarts });
    const { strategy } = this.spec;
    if (strategy === 'oneForAll') void this.#restartGroup([...this.#children.values()], delayMs);
    else if (strategy === 'restForOne') {
      const all = [...this.#children.values()];
      void this.#restartGroup(all.slice(all.indexOf(child)), delayMs);
    } else this.#restartOne(child, delayMs);
  }

  /**
   * Resolves when no group is being started or restarted, or the supervisor does not run; undefined
   * if that is so.
   */
  unsettled(): Promise<void> | undefined {
    const busy = this.#state === 'starting' || this.#group !== undefined;
    return busy ? new Promise((resolve) => this.#onSettled.push(resolve)) : undefined;
  }

  /** True for a child that is down and will be started without being asked for. */
  isRestarting(child: Node): boolean {
    if (child.state !== 'down') return false;
    if (this.#timers.has(child) || this.#attempts.has(child)) return true;
    return this.#group?.members.has(child) ?? false;
  }

  /** Adds a child behind the others. */
  add(plan: PlannedChild): Node {
    const child = this.#makeNode(plan);
    this.#children.set(plan.id, child);
    return child;
  }

  /** Ends a child that is down for good; it is no child any more. */
  forget(child: Node): void {
    child.release();
    const { id } = child.plan;
    if (this.#children.get(id) !== child) return;
    this.#children.delete(id);
    this.#actors.changed({ kind: 'forgotten', parent: this.#id, id });
  }

  /** Stops a child and does not start it again. */
  terminate(child: Node): Promise<void> {
    this.#timers.get(child)?.cancel();
    this.#timers.delete(child);
    this.#attempts.delete(child);
    return child.stop();
  }

  #makeNode(plan: PlannedChild): Node {
    const { subject } = plan;
    return subject.kind === 'actor'
      ? new ActorNode(this.#actors, this, plan, subject)
      : new SupervisorNode(this.#actors, this, plan, subject.plan);
  }

  #open(): void {
    if (this.#id !== NOBODY) return;
    const parent = this.#parent?.id ?? NOBODY;
    this.#id = this.#actors.open(parent);
    this.#actors.changed({
      kind: 'placed',
      parent,
      id: this.plan.id,
      subject: 'supervisor',
      words: this.#id,
    });
  }

  /** Starts children in order, unless the era changes. Each of them is down. */
  async #startAll(children: readonly Node[], era: number): Promise<void> {
    for (const child of children) {
      this.#current = child;
      const outcome = await child.start();
      if (era !== this.#era) return;
      if (outcome.state === 'running') continue;
      if (this.#state === 'starting') await this.#failStart(outcome.text);
      else this.#startFailed(child, outcome);
      return;
    }
    this.#current = undefined;
    this.#group = undefined;
    if (this.#state === 'starting') this.#setState('running');
    this.#settleStart({ state: 'running' });
    this.#tellSettled();
    if (this.#done !== undefined) await this.#end(this.#done);
  }

  async #failStart(text: string): Promise<void> {
    const onStart = this.#onStart;
    this.#onStart = undefined;
    await this.#halt();
    onStart?.({ state: 'failed', text });
  }

  #restartOne(child: Node, delayMs: number): void {
    if (delayMs === 0) {
      void this.#startOne(child);
      return;
    }
    const timer = this.#actors.timers.after(delayMs, () => {
      this.#timers.delete(child);
      void this.#startOne(child);
    });
    this.#timers.set(child, timer);
  }

  async #startOne(child: Node): Promise<void> {
    const attempt = (this.#attempt += 1);
    this.#attempts.set(child, attempt);
    const outcome = await child.start();
    // Whoever stopped or restarted the child in the meantime has ended this attempt.
    if (this.#attempts.get(child) !== attempt) return;
    this.#attempts.delete(child);
    if (outcome.state === 'failed') this.#startFailed(child, outcome);
  }

  #startFailed(child: Node, { text, event }: Omit<Ending, 'reason'>): void {
    this.childExited(child, { reason: 'startFailed', text, event });
  }

  /** Stops children in reverse order and, when the back-off is over, starts them in order. */
  async #restartGroup(members: readonly Node[], delayMs: number): Promise<void> {
    const { clock, timers } = this.#actors;
    const era = (this.#era += 1);
    this.#group?.timer?.cancel();
    const dueMs = Math.max(clock.monotonicMs() + delayMs, this.#group?.dueMs ?? 0);
    const group: GroupRestart = {
      members: new Set(members),
      dueMs,
      phase: 'stopping',
      timer: undefined,
    };
    this.#group = group;
    for (const member of members.toReversed()) {
      await member.stop();
      if (era !== this.#era) return;
    }
    group.phase = 'waiting';
    const text = 'its group is restarted';
    for (const member of members) {
      if (member.plan.restart !== 'temporary') continue;
      this.forget(member);
      this.#actors.emit({ kind: 'exit', actor: member.path, reason: 'shutdown', text });
    }
    const start = (): void => {
      group.phase = 'starting';
      void this.#startAll(
        members.filter((member) => member.plan.restart !== 'temporary'),
        era,
      );
    };
    const waitMs = dueMs - clock.monotonicMs();
    if (waitMs <= 0) start();
    else group.timer = timers.after(waitMs, start);
  }

  /** A child ended that is not started again. */
  #childEnded(child: Node, ending: Ending): void {
    const { reason, text } = ending;
    this.#actors.emit({ kind: 'exit', actor: child.path, reason, text });
    if (child.plan.restart === 'temporary' || this.spec.strategy === 'simpleOneForOne')
      this.forget(child);
    else child.release();
    if (!child.plan.significant || !this.#hasDone()) return;
    this.#done = `its significant child ${child.plan.id} has ended (${ending.reason})`;
    if (this.#state === 'running') void this.#end(this.#done);
  }

  #hasDone(): boolean {
    const { autoShutdown } = this.spec;
    if (autoShutdown !== 'allSignificant') return autoShutdown === 'anySignificant';
    for (const child of this.#children.values())
      if (child.plan.significant && (child.state !== 'down' || this.isRestarting(child)))
        return false;
    return true;
  }

  #giveUp(child: Node, ending: Ending): void {
    const text =
      `${child.path} exited (${ending.reason}: ${ending.text}) more than ` +
      `${this.spec.maxRestarts} times within ${this.spec.withinMs} ms`;
    this.#actors.emit({ kind: 'escalation', supervisor: this.path, text });
    // The start that this ends fails, and tells whoever began it: one death is one exit.
    if (this.#state === 'starting')
      void this.#failStart(notStarted(this.path, { reason: 'startFailed', text }));
    else void this.#end(text);
  }

  /** Ends by its own decision. */
  async #end(text: string): Promise<void> {
    const ending: Ending = { reason: 'shutdown', text };
    const halted = this.#halt();
    const era = this.#era;
    await halted;
    if (this.#stopAsked || era !== this.#era) return;
    if (this.#parent !== undefined) {
      this.#parent.childExited(this, ending);
      return;
    }
    if (this.#done !== undefined) this.#actors.emit({ kind: 'exit', actor: this.path, ...ending });
    this.release();
  }

  #halt(): Promise<void> {
    if (this.#state === 'down') return Promise.resolve();
    if (this.#state !== 'stopping') this.#stopped = this.#stopChildren();
    return this.#stopped;
  }

  async #stopChildren(): Promise<void> {
    this.#era += 1;
    this.#setState('stopping');
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#attempts.clear();
    this.#group?.timer?.cancel();
    this.#group = undefined;
    const { path } = this.#current ?? this;
    this.#current = undefined;
    const children = [...this.#children.values()];
    if (this.spec.strategy === 'simpleOneForOne')
      await Promise.all(children.map((child) => child.stop()));
    else for (const child of children.toReversed()) await child.stop();
    for (const child of children) if (!this.#listed.includes(child)) this.forget(child);
    this.#setState('down');
    const text = notStarted(path, { reason: 'shutdown', text: '' });
    this.#settleStart({ state: 'stopped', text });
    this.#tellSettled();
  }

  #settleStart(outcome: StartOutcome): void {
    this.#onStart?.(outcome);
    this.#onStart = undefined;
  }

  #tellSettled(): void {
    for (const resolve of this.#onSettled.splice(0)) resolve();
  }

  #setState(state: 'starting' | 'running' | 'stopping' | 'down'): void {
    this.#state = state;
    if (state !== 'stopping') this.#actors.show(this.#id, state);
  }
}
