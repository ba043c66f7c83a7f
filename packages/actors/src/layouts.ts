/**
 * Every shared-memory layout of the actor layer. No other file contains an offset.
 *
 * LAYOUT-1: `i32` fields are touched by Atomics while more than one thread can reach them.
 * LAYOUT-2: `u32` fields are plain. In ActorBlock they belong to the thread named by `owner`, in
 *   MessageSlot to the thread that holds the slot, in ThreadBlock to the thread itself.
 * LAYOUT-3: words that other threads write share no cache line with words that only the owner
 *   writes.
 */
import { struct } from '@ganglion/runtime/layout';
import type { Struct } from '@ganglion/runtime/layout';

/**
 * A message: 64-byte header and 256 inline bytes (SPEC Message). The id is {node, thread,
 * sequence}.
 */
export const MessageSlot = struct(320, {
  /** Link of the list, stack or pool that holds the slot. */
  next: 'i32',
  payloadBytes: 'u32',
  /** Microseconds since the system started, from the sender's coarse clock (ACTORS-T3). */
  timestamp: 'i64',
  idNode: 'u32',
  idThread: 'u32',
  idSequenceLow: 'u32',
  idSequenceHigh: 'u32',
  fromLow: 'u32',
  fromHigh: 'u32',
  toLow: 'u32',
  toHigh: 'u32',
  /** Index of the message in its behaviour + 65,536 × payload kind; of a reply: its outcome. */
  message: 'u32',
  /** Index of the asking thread, 0 for a tell and when answered; of a reply: DOUBT-1's mark. */
  askThread: 'u32',
  /**
   * The asking thread's name for the ask; of a timer's message: its record; of a returned letter:
   * the index of the message.
   */
  askTicket: 'u32',
  /** The slot that an ask's reply uses; 0 for a tell; of a returned letter: 1 + behaviour, or 0. */
  replySlot: 'u32',
  inline: ['u8', 256],
});

/** Payload of kind `zero_copy`: a block of the shared heap; the message owns it. */
export const ZeroCopyPayload = struct(32, {
  pointer: 'u32',
  generation: 'u32',
  length: 'u32',
  reserved: 'u32',
  ownerLow: 'u32',
  ownerHigh: 'u32',
  reservedTail: ['u32', 2],
});

/** Payload of kind `gpu_ref`. */
export const GpuRefPayload = struct(32, {
  device: 'u32',
  generation: 'u32',
  pointer: 'u64',
  size: 'u64',
  reserved: ['u32', 2],
});

/** Payload of kind `rdma`. */
export const RdmaPayload = struct(32, {
  node: 'u32',
  remoteKey: 'u32',
  address: 'u64',
  length: 'u64',
  reserved: ['u32', 2],
});

/**
 * An actor. First line: the owner's. Second line: everybody's. Zero is the initial value of every
 * word.
 */
export const ActorBlock = struct(128, {
  mailboxHead: 'u32',
  mailboxTail: 'u32',
  /** Credits used of the owner's end; may be negative until it is given back (ACTORS-O4). */
  localDebt: 'u32',
  /** 1 while the actor is in the run queue, in a turn, or held by an activation. */
  scheduled: 'u32',
  /** 1 + position of the isolate instance or activation in the owner's table; 0 = none. */
  instance: 'u32',
  behaviour: 'u32',
  /** Index in 4-byte words of the state. */
  heapWord: 'u32',
  /** Block of the shared heap that holds the state, 0 = the actor's own 64 bytes. */
  heapBlock: 'u32',
  /** Encoded arguments for restarts, or 0. */
  argsBlock: 'u32',
  argsBytes: 'u32',
  /** Restart type; 0 = not supervised. */
  restartType: 'u32',
  /** Names the supervisor's block; 0 = none. */
  parent: 'u32',
  /** The slot of the message that an activation holds, or ACTIVE for one without; 0 = none. */
  activation: 'u32',
  /** 1 = stays on its worker. */
  isPinned: 'u32',
  /** 1 until it is first put into a run queue (ACTORS-S1). */
  isNew: 'u32',
  reservedOwner: 'u32',

  owner: 'i32',
  heir: 'i32',
  /** Mail of other threads; STACK_CLOSED while the block is free after an actor. */
  remoteStack: 'i32',
  remoteDebt: 'i32',
  /** 0, 1 = marked ready, 2 + t = thread t put it into the owner's ready stack. */
  ready: 'i32',
  readyNext: 'i32',
  /** Generation's low 24 bits × 256 + bits for the owner. */
  signals: 'i32',
  /** Bits for the control thread. */
  reports: 'i32',
  reportNext: 'i32',
  exitReason: 'i32',
  /** Block of the shared heap with the error's text, or 0. */
  exitDetail: 'i32',
  /** ActorId of the present or, in a free block, of the next actor (ACTORS-I1). */
  idLow: 'i32',
  idHigh: 'i32',
  incarnation: 'i32',
  phase: 'i32',
  /** Link of the stack of actors that are handed over. */
  handNext: 'i32',
});

/** A thread of the system: main 0, control 1, scheduler workers from 2. */
export const ThreadBlock = struct(192, {
  /** 1 while the thread sleeps in libuv. */
  sleeping: 'i32',
  /** Actors that became ready from another thread. */
  readyStack: 'i32',
  /** Replies to this thread's asks. */
  inbox: 'i32',
  /** Actors that are handed over to this thread (ACTORS-O1). */
  handed: 'i32',
  /** Index of the thread that asks this one for actors, or 0 (ACTORS-S2). */
  stealRequest: 'i32',
  reservedShared: ['u8', 44],
  /** Rises at the start and at the end of every turn: odd = in a turn. */
  turnSequence: 'i32',
  turnActor: 'i32',
  /** Runnable actors at the last pass of the loop. */
  runnable: 'i32',
  reservedTurn: ['u8', 52],
  /** Rises at the start and at the end of what SENDING-1 covers: odd = in the midst of it. */
  sendPasses: 'i32',
  /** The actor that mail or a notice is under way to, or 0. */
  sendActor: 'i32',
  /** The slot that is being sent, or 0. */
  sendSlot: 'i32',
  /** The message of the present turn. */
  inHand: 'i32',
  /** The slot that is being given back, or 0. */
  releasing: 'i32',
  /** The newest slot of the stack that is being turned round (MAILBOX-6), or 0. */
  refilling: 'i32',
  /** Signals that were taken and are being handled, and the id of their actor. */
  takenSignals: 'i32',
  takenLow: 'i32',
  takenHigh: 'i32',
  /** The last ticket of an ask. */
  lastTicket: 'i32',
  /** Threads that had this index before. */
  lives: 'i32',
  /** 1 while the thread has died and no successor has taken over. */
  dead: 'i32',
  /** The request of another thread that was answered last, if only just (reply-in-doubt.ts). */
  answered: 'i32',
  /** How often the thread was woken, of all that had this index. */
  wakeUps: 'i32',
  reservedOwn: ['u8', 8],
});

/** How long an actor has been in turns, as sampled (turn-times.ts). */
export const TurnTime = struct(16, {
  idLow: 'i32',
  idHigh: 'i32',
  ms: 'f64',
});

/** Since when a worker is seen at a sequence of turns. */
export const TurnSample = struct(16, {
  sequence: 'i32',
  reserved: 'u32',
  sinceMs: 'f64',
});

/**
 * A thread's dead letters by cause (dead-letters.ts). `begun`: the slot that is being ended, and
 * its cause × 2^24; `begunCount`: the count that it makes.
 */
export const ThreadLetters = struct(64, {
  begun: 'i32',
  begunCount: 'i32',
  waiting: 'i32',
  inHand: 'i32',
  workerLost: 'i32',
  reserved: ['u8', 44],
});

/** The system's own words. */
export const SystemBlock = struct(128, {
  /** 1 + highest actor index ever handed out. */
  actorsUsed: 'i32',
  systemActorsUsed: 'i32',
  behaviours: 'i32',
  stopping: 'i32',
  /** Actors with reports for the control thread. */
  reportStack: 'i32',
  nextWorker: 'i32',
  /** Rises with every name that is registered (NAMES-6). */
  namesRegistered: 'i32',
  /** Waits for names, of all threads. */
  nameWaits: 'i32',
  reserved: ['u8', 96],
});

/** A published behaviour. Bytes hold the module's URL and then the export's name, UTF-8. */
export const BehaviourEntry = struct(1_024, {
  /** 1 once everything else is written. */
  published: 'i32',
  urlBytes: 'u32',
  nameBytes: 'u32',
  /** 1 if it declares `returned`. */
  returns: 'u32',
  text: ['u8', 1_008],
});

/** A registered name and its actor. Bytes are UTF-8 and zeros. */
export const NameEntry = struct(96, {
  /** Generation and holder of the entry (names-pool.ts). */
  state: 'i32',
  hash: 'i32',
  idLow: 'i32',
  idHigh: 'i32',
  nameBytes: 'i32',
  reserved: ['u8', 12],
  text: ['u8', 64],
});

/** A link of a bucket's chain of names. */
export const NameCell = struct(16, {
  state: 'i32',
  entry: 'i32',
  next: 'i32',
  reserved: 'u32',
});

/** A timer of an actor (timer-records.ts). Plain words belong to the actor's owner. */
export const TimerRecord = struct(64, {
  /** Generation and holder. */
  state: 'i32',
  /** Links of the actor's list. */
  next: 'u32',
  previous: 'u32',
  /** Holds the message, from when the timer is made until it ends. */
  slot: 'u32',
  actorLow: 'u32',
  actorHigh: 'u32',
  targetLow: 'u32',
  targetHigh: 'u32',
  /** Microseconds of the system's monotonic clock. */
  dueLow: 'u32',
  dueHigh: 'u32',
  /** 0 = once. */
  periodMs: 'u32',
  /** 1 while the slot waits in the actor's own mailbox or is the message in hand. */
  queued: 'u32',
  reserved: ['u8', 16],
});

/**
 * A relation of two actors, a monitor or a link: an end of its maker and an end of the other, at
 * half the record's size from each other. `relations.ts` says who writes which word.
 */
export const Relation = struct(64, {
  /** Link of the list of the end's actor. */
  next: 'i32',
  /** Link of the news that wait for the end's actor. */
  newsNext: 'i32',
  low: 'i32',
  high: 'i32',
  /** Exits that a monitor was told of, and the last two by turns; a link's, by receiver. */
  exits: 'i32',
  event: 'i32',
  otherEvent: 'i32',
  /** Exits that the monitoring actor was told of. */
  seen: 'u32',
  otherNext: 'i32',
  otherNewsNext: 'i32',
  otherLow: 'i32',
  otherHigh: 'i32',
  /** relation-state.ts. */
  state: 'i32',
  /** Rises when the record is taken. */
  ticket: 'u32',
  reserved: ['u32', 2],
});

/** Heads of an actor's relations, by its index. */
export const ActorRelations = struct(16, {
  /** Ends of relations; STACK_CLOSED while the block is free after an actor. */
  ends: 'i32',
  /** Ends for which there are news. */
  news: 'i32',
  /** Ends in the list that are of no use any more, about. */
  garbage: 'i32',
  /** Ends that the last sweep kept. */
  kept: 'u32',
});

/** Named for tools/gen-layouts. */
export const layouts: Readonly<Record<string, Struct>> = Object.freeze({
  MessageSlot,
  ZeroCopyPayload,
  GpuRefPayload,
  RdmaPayload,
  ActorBlock,
  ThreadBlock,
  TurnTime,
  TurnSample,
  ThreadLetters,
  SystemBlock,
  BehaviourEntry,
  NameEntry,
  NameCell,
  TimerRecord,
  Relation,
  ActorRelations,
});
