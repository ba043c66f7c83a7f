/**
 * What a mailbox is to its actor and to those who send: a contract of behaviour, for who changes or
 * replaces the runtime's. It is no option of a system, because generated code reads and writes the
 * one mailbox in place (mailbox.ts, generated/).
 *
 * An end is a thread. One owns the mailbox, or none while it is on its way to another.
 *
 * MAIL-1 (ACTORS-O1, -O2): what one sender has sent is taken in the order in which it was sent,
 *   whoever owned the mailbox meanwhile, and though the sender went from one end to another.
 * MAIL-2 (ACTORS-O4): never more than `capacity` messages wait. The owner is refused only while so
 *   many do, another end only while half as many do. When all were taken and the turn has ended,
 *   there is the room of an empty mailbox.
 * MAIL-3 (ACTORS-W4): what was accepted is taken once, or comes back once when the mailbox is
 *   closed.
 * MAIL-4: a closed mailbox refuses everybody; opened again, it is empty.
 */
export interface MailboxEnds {
  /** The end that owns it, or undefined. */
  readonly owner: number | undefined;
  /** False if it is refused; nothing has changed then. */
  send(end: number, value: number): boolean;
  /** By its owner: the next message, or undefined if none waits. */
  take(): number | undefined;
  /** By its owner: between two turns of its actor. */
  endTurn(): void;
  /** By its owner: nobody owns it until the heir has accepted it. */
  give(heir: number): void;
  accept(): void;
}

/** A mailbox whose actor can end. */
export interface ClosableMailbox extends MailboxEnds {
  /** By its owner: what waits comes back, in order; then nobody owns it. */
  close(): readonly number[];
  /** By its next owner, for another actor. */
  reopen(owner: number): void;
}
