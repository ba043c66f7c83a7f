/**
 * The `self` of each isolate-state actor that runs on one worker. The actor's block names its place
 * here; 0 is none.
 */
import { ActorBlock } from '../layouts.js';
import type { ActorSelf } from './self.js';

const INSTANCE = ActorBlock.plain.instance;

/** See the file's header. */
export class Instances {
  private readonly words: Int32Array;
  private readonly selves: (ActorSelf | undefined)[] = [];
  private readonly free: number[] = [];

  constructor(words: Int32Array) {
    this.words = words;
  }

  /** The `self` of an actor that runs. */
  of(block: number): ActorSelf {
    return this.selves[this.words[block + INSTANCE] - 1] as ActorSelf;
  }

  keep(block: number, self: ActorSelf): void {
    const place = this.free.pop() ?? this.selves.push(undefined) - 1;
    this.selves[place] = self;
    this.words[block + INSTANCE] = place + 1;
  }

  /** Forgets the `self` of an actor and returns it, if it has one. */
  drop(block: number): ActorSelf | undefined {
    const place = this.words[block + INSTANCE] - 1;
    if (place < 0) return undefined;
    const self = this.selves[place];
    this.selves[place] = undefined;
    this.free.push(place);
    this.words[block + INSTANCE] = 0;
    return self;
  }

  /** Every `self` there is now. */
  all(): readonly ActorSelf[] {
    return this.selves.filter((self) => self !== undefined);
  }
}
