/** What an actor's `self` does about monitors and links. Runs on the owner's thread only. */
import type { ActorRef } from '../contract/ref.js';
import { ActorsError } from '../errors.js';
import { indexOfId } from '../actor-id.js';
import { ActorBlock } from '../layouts.js';
import { ActorRefObject } from '../ref-object.js';
import type { IdWords } from '../spawn.js';
import type { ActorThread } from '../thread.js';

/**
 * @throws ActorsError ACTORS_DEFINITION_INVALID, ACTORS_VALUE_INVALID,
 * ACTORS_RELATIONS_EXHAUSTED
 */
export function monitor(thread: ActorThread, own: IdWords, target: ActorRef): number {
  const block = requireOwn(thread, own);
  const other = requireRef(thread, target);
  const program = thread.programs[thread.words[block + ActorBlock.plain.behaviour]];
  if (program?.code.down === undefined) {
    const name = thread.describe(own.low);
    const text = `${name} cannot monitor ${target.behaviour}: its behaviour has no down handler`;
    throw new ActorsError('ACTORS_DEFINITION_INVALID', text);
  }
  return isSame(own, other) ? 0 : made(thread, thread.relations.make(own, other, false));
}

/** See Relating. */
export function demonitor(thread: ActorThread, own: IdWords, number: number): boolean {
  return thread.relations.demonitor(own, number);
}

/** @throws ActorsError ACTORS_VALUE_INVALID, ACTORS_RELATIONS_EXHAUSTED */
export function link(thread: ActorThread, own: IdWords, target: ActorRef): void {
  requireOwn(thread, own);
  const other = requireRef(thread, target);
  if (isSame(own, other) || thread.relations.isLinked(own, other)) return;
  made(thread, thread.relations.make(own, other, true));
}

/** @throws ActorsError ACTORS_VALUE_INVALID */
export function unlink(thread: ActorThread, own: IdWords, target: ActorRef): boolean {
  requireOwn(thread, own);
  return thread.relations.unlink(own, requireRef(thread, target));
}

function made(thread: ActorThread, number: number): number {
  if (number !== 0) return number;
  const { relations } = thread.memory.sizes;
  const text = `all ${relations} monitors and links are in use (option relations)`;
  throw new ActorsError('ACTORS_RELATIONS_EXHAUSTED', text);
}

function requireOwn(thread: ActorThread, { low, high }: IdWords): number {
  const block = thread.mail.blocks + (indexOfId(low) * ActorBlock.size) / 4;
  const owner = Atomics.load(thread.words, block + ActorBlock.word.owner);
  if (owner === thread.index && thread.isAlive(low, high)) return block;
  const text = `${thread.describe(low)} has ended, so it has no relations`;
  throw new ActorsError('ACTORS_EXITED', text);
}

function requireRef(thread: ActorThread, target: ActorRef): ActorRefObject {
  if (target instanceof ActorRefObject && target.home.system === thread.system) return target;
  const text = 'monitor and link take a reference of this actor system';
  throw new ActorsError('ACTORS_VALUE_INVALID', text);
}

function isSame(one: IdWords, other: IdWords): boolean {
  return one.low === other.low && one.high === other.high;
}
