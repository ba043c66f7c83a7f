/**
 * The behaviours of a system in shared memory: index → (module URL, export name). Append-only.
 *
 * DIRECTORY-1: an entry is read only after its `published` word is 1, and never changes then.
 * DIRECTORY-2: two threads that publish the same behaviour at once may make two entries; both
 *   mean the same.
 * DIRECTORY-3: a thread that ends between claiming and publishing leaves an entry that nobody
 *   refers to.
 */
import type { Region } from '@ganglion/memory';
import type { AnyBehaviour } from './contract/behaviour.js';
import type { ExportName } from './contract/scheduling.js';
import { ActorsError } from './errors.js';
import { BehaviourEntry, SystemBlock } from './layouts.js';
import { MAX_BEHAVIOURS } from './limits.js';

const ENTRY_WORDS = BehaviourEntry.size / 4;
const TEXT_BYTES = BehaviourEntry.size - BehaviourEntry.offset.text;

/** One thread's view of the directory. */
export class BehaviourDirectory {
  private readonly region: Region<'system' | 'behaviours'>;
  private readonly indices = new Map<string, number>();
  /** The same by object, which costs no text. */
  private readonly known = new WeakMap<AnyBehaviour, number>();
  /** The behaviour that was looked up last. */
  private last: AnyBehaviour | undefined;
  private lastIndex = 0;
  private seen = 0;

  constructor(region: Region<'system' | 'behaviours'>) {
    this.region = region;
  }

  /**
   * The behaviour's index, published now if it is new. @throws ActorsError
   * ACTORS_DEFINITION_INVALID
   */
  indexOf(behaviour: AnyBehaviour): number {
    if (behaviour === this.last) return this.lastIndex;
    let index = this.known.get(behaviour);
    if (index === undefined) {
      const key = keyOf(behaviour);
      index = this.indices.get(key) ?? this.look(key) ?? this.publish(behaviour, key);
      this.known.set(behaviour, index);
    }
    this.last = behaviour;
    this.lastIndex = index;
    return index;
  }

  private publish(behaviour: AnyBehaviour, key: string): number {
    const { words, plan, bytes } = this.region;
    const module = new TextEncoder().encode(behaviour.module);
    const name = new TextEncoder().encode(behaviour.name);
    if (module.length + name.length > TEXT_BYTES) {
      throw new ActorsError(
        'ACTORS_DEFINITION_INVALID',
        `behaviour ${behaviour.name}: URL and name take ${module.length + name.length} bytes, ` +
          `at most ${TEXT_BYTES} fit`,
      );
    }
    const index = Atomics.add(words, plan.sections.system.word + SystemBlock.word.behaviours, 1);
    if (index >= MAX_BEHAVIOURS) {
      throw new ActorsError(
        'ACTORS_DEFINITION_INVALID',
        `behaviour ${behaviour.name} is number ${index + 1}, at most ${MAX_BEHAVIOURS} fit`,
      );
    }
    const entry = plan.sections.behaviours.word + index * ENTRY_WORDS;
    const text = entry * 4 + BehaviourEntry.offset.text;
    bytes.set(module, text);
    bytes.set(name, text + module.length);
    words[entry + BehaviourEntry.plain.urlBytes] = module.length;
    words[entry + BehaviourEntry.plain.nameBytes] = name.length;
    words[entry + BehaviourEntry.plain.returns] = behaviour.code.returned === undefined ? 0 : 1;
    Atomics.store(words, entry + BehaviourEntry.word.published, 1);
    this.indices.set(key, index);
    return index;
  }

  /** What a published index names. */
  at(index: number): ExportName {
    const { words, plan, bytes } = this.region;
    const entry = plan.sections.behaviours.word + index * ENTRY_WORDS;
    if (Atomics.load(words, entry + BehaviourEntry.word.published) !== 1)
      return { module: '', name: 'unpublished' };
    const text = entry * 4 + BehaviourEntry.offset.text;
    const middle = text + words[entry + BehaviourEntry.plain.urlBytes];
    const end = middle + words[entry + BehaviourEntry.plain.nameBytes];
    // A TextDecoder takes no shared bytes, so slice copies them.
    const decoder = new TextDecoder();
    return {
      module: decoder.decode(bytes.slice(text, middle)),
      name: decoder.decode(bytes.slice(middle, end)),
    };
  }

  /** True if actors of a published index take their letters back. */
  returns(index: number): boolean {
    const { words, plan } = this.region;
    const entry = plan.sections.behaviours.word + index * ENTRY_WORDS;
    return words[entry + BehaviourEntry.plain.returns] === 1;
  }

  /** Looks at entries that others have published since. */
  private look(key: string): number | undefined {
    const { words, plan } = this.region;
    const count = Atomics.load(words, plan.sections.system.word + SystemBlock.word.behaviours);
    for (; this.seen < Math.min(count, MAX_BEHAVIOURS); this.seen++) {
      const entry = plan.sections.behaviours.word + this.seen * ENTRY_WORDS;
      if (Atomics.load(words, entry + BehaviourEntry.word.published) !== 1) break;
      const found = keyOf(this.at(this.seen));
      if (!this.indices.has(found)) this.indices.set(found, this.seen);
    }
    return this.indices.get(key);
  }
}

function keyOf({ module, name }: ExportName): string {
  return `${module}\n${name}`;
}
