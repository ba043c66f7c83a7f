/** Monitors and links: being told of the exits of other actors. */
import type { ExitReason } from './behaviour.js';
import type { ActorRef } from './ref.js';

/** An exit of another actor. */
export interface ExitNews {
  /** Who ended; it may be running again. */
  readonly ref: ActorRef;
  /**
   * The start that ended, from 1; of a failed start the number it would have had. 0 for an actor
   * that had ended for good before.
   */
  readonly incarnation: number;
  readonly reason: ExitReason;
}

/** What a `down` handler is told. */
export interface DownEvent extends ExitNews {
  /** What `monitor` returned. */
  readonly monitor: number;
  /** Exits since the last event of this monitor; the event names the last of them. */
  readonly exits: number;
}

/** Monitors and links of an actor. They end with its next exit. */
export interface Relating {
  /**
   * Has this actor's `down` told of every exit of another until that has ended for good, also if it
   * has ended already. Each call makes another monitor; an actor that monitors itself is told
   * nothing.
   * @returns the monitor's number, which fits an `f64` field
   * @throws ActorsError ACTORS_RELATIONS_EXHAUSTED; ACTORS_DEFINITION_INVALID without a `down`
   */
  monitor(target: ActorRef): number;
  /** Ends a monitor: no event of it comes after. False if it was over or another actor's. */
  demonitor(monitor: number): boolean;
  /**
   * Links this actor with another: when one exits, `exited` of the other is told; one without that
   * handler exits for the same reason, unless that is `normal`. The exit ends the link. To link
   * twice, or with itself, does nothing.
   * @throws ActorsError ACTORS_RELATIONS_EXHAUSTED
   */
  link(target: ActorRef): void;
  /** Ends a link: no exit comes of it after. False if there was none. */
  unlink(target: ActorRef): boolean;
}

/** Handlers of what relations tell. Both run before the messages that wait, and synchronously. */
export interface RelationHandlers<Own> {
  /** Told of exits that this actor monitors. */
  readonly down?: (self: Own, event: DownEvent) => void;
  /** Told of the exits of linked actors, which then do not end this one. */
  readonly exited?: (self: Own, event: ExitNews) => void;
}
