/**
 * Figures of the actor layer. A MAX_ or CAPACITY figure is default and hard ceiling; the others are
 * defaults.
 */

/** User actors alive at once. */
export const MAX_ACTORS = 1_000_000;
/** Blocks for supervisors, on top of MAX_ACTORS (ACTORS-I3). */
export const MAX_SYSTEM_ACTORS = 4_096;
/** Scheduler worker threads. */
export const MAX_WORKERS = 1_024;
/** CPUs that schedulers can be pinned to. */
export const MAX_CPUS = 1_024;
/** Messages queued at one actor; replies and signals do not count. */
export const MAILBOX_CAPACITY = 256;
/** Payload bytes that travel inside a message slot. */
export const INLINE_BYTES = 256;
/** Message slots of a system by default. */
export const MESSAGE_SLOTS = 262_144;
/** Bytes of shared state of one actor by default, and at most. */
export const ACTOR_HEAP_SIZE = 64;
export const ACTOR_HEAP_SIZE_MAX = 65_536;
/** Scratch bytes of a worker for one turn. */
export const ACTOR_STACK_SIZE = 65_536;
/** Reductions of a turn; a message costs 1 + payload bytes ÷ 1,024 (ACTORS-S3). */
export const INITIAL_REDUCTIONS = 2_000;
/** Runnable actors a worker must have before another may take some. */
export const STEAL_THRESHOLD = 3;
/** Restarts of a supervisor's children within RESTART_WINDOW_MS before it gives up. */
export const MAX_RESTARTS = 10;
export const RESTART_WINDOW_MS = 60_000;
/** Behaviours of one system. */
export const MAX_BEHAVIOURS = 1_024;
/** Names that actors have at once. */
export const MAX_NAMES = 65_536;
/** Bytes of one name, in UTF-8. */
export const NAME_BYTES_MAX = 64;
/** Timers of all actors: a hard ceiling, and by default. Each holds a message slot. */
export const MAX_TIMERS: number = 2 ** 18 - 1;
export const TIMER_RECORDS = 65_536;
/** Longest delay or period of a timer. */
export const TIMER_MAX_MS: number = 2 ** 31 - 1;
/** Monitors and links of a system by default, and at most. */
export const RELATIONS = 262_144;
export const MAX_RELATIONS: number = 2 ** 20 - 1;
/** Asks of one thread that may wait for their reply at once. */
export const MAX_PENDING_ASKS = 65_536;
/** Bits of an ActorId's generation (ACTORS-I1). */
export const GENERATION_BITS = 28;
/**
 * Actors that one index serves before it is retired: exit signals carry 24 bits of the generation,
 * and the last value is the retired index's.
 */
export const GENERATIONS: number = 2 ** 24 - 1;
