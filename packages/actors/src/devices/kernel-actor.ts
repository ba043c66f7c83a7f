/** An actor that owns a device backend and runs programs on it. */
import { createAllocator } from '@ganglion/memory';
import type { Allocator, Block, HostArena } from '@ganglion/memory/contract';
import type { Backend, BackendFactory, Executable, Program, Slot } from '@ganglion/gpu/contract';
import { actor } from '../behaviour.js';
import { ActorsError } from '../errors.js';
import { reply, u32, value } from '../kinds.js';

/** Names an export of a module that is a BackendFactory; the actor's worker imports it. */
export interface BackendName {
  /** URL. */
  readonly module: string;
  readonly name: string;
}

/** What a kernel actor is started with. */
export interface KernelArguments {
  readonly backend: BackendName;
  /** Memory for the backend's own use; nobody else allocates from it (KERNELS-M3). */
  readonly memory: Block;
}

/** Where each value of a program lies; null for a temporary. */
export type Bindings = readonly (Block | null)[];

/** A program to load under a number. Loading under the same number replaces. */
export interface LoadRequest {
  readonly id: number;
  readonly program: Program;
  /** Sets of bindings, by number; `run` chooses one. */
  readonly bindings: readonly Bindings[];
}

/** What `info` answers. */
export interface KernelInfo {
  readonly backend: string;
  readonly numericProfile: string;
  readonly programs: number;
}

interface Loaded {
  readonly executable: Executable;
  readonly bindings: readonly (readonly Slot[])[];
}

interface KernelState {
  readonly backend: Backend;
  readonly programs: Map<number, Loaded>;
  readonly wrapped: Map<string, Slot>;
}

const PROGRAMS_MAX = 4_096;
const DONE = 0;
const NOT_LOADED = 1;

/**
 * Runs programs on one backend. `run` replies 0 when the results are in host memory, and 1 if the
 * program or the bindings are not loaded, as after a restart. What the backend throws ends the
 * actor, and its supervisor decides.
 */
export const KernelActor = actor(import.meta.url, 'KernelActor', {
  init: async (self, args: KernelArguments): Promise<KernelState> => {
    const factory = await importFactory(args.backend);
    const allocator = allocatorOf(self.arenas, args.memory);
    const backend = factory({ arenas: self.arenas, allocator });
    return { backend, programs: new Map(), wrapped: new Map() };
  },
  terminate: (self) => self.state.backend.close(),
  messages: {
    load: reply(value<LoadRequest>(), value<{ readonly temporaryBytes: number }>()),
    run: reply({ program: u32, bindings: u32 }, u32),
    unload: reply({ program: u32 }, u32),
    info: reply(value<KernelInfo>()),
  },
  receive: {
    load: (self, message) => {
      const { id, program, bindings } = message.value;
      const { backend, programs } = self.state;
      if (programs.size >= PROGRAMS_MAX && !programs.has(id)) {
        throw new ActorsError(
          'ACTORS_OPTION_INVALID',
          `a kernel actor holds at most ${PROGRAMS_MAX} programs`,
        );
      }
      const executable = backend.compile(program);
      programs.get(id)?.executable.release();
      programs.set(id, {
        executable,
        bindings: bindings.map((set) => set.map((block) => slotOf(self.state, block))),
      });
      message.reply({ temporaryBytes: executable.temporaryBytes });
    },
    run: (self, message) => {
      const loaded = self.state.programs.get(message.program);
      const slots = loaded?.bindings[message.bindings];
      if (loaded === undefined || slots === undefined) {
        message.reply(NOT_LOADED);
        return;
      }
      self.state.backend.launch(loaded.executable, slots);
      self.state.backend.synchronize();
      message.reply(DONE);
    },
    unload: (self, message) => {
      const loaded = self.state.programs.get(message.program);
      self.state.programs.delete(message.program);
      loaded?.executable.release();
      message.reply(loaded === undefined ? NOT_LOADED : DONE);
    },
    info: (self, message) => {
      const { backend, programs } = self.state;
      const { numericProfile } = backend.capabilities;
      message.reply({ backend: backend.name, numericProfile, programs: programs.size });
    },
  },
});

async function importFactory({ module, name }: BackendName): Promise<BackendFactory> {
  const namespace = (await import(module)) as Readonly<Record<string, unknown>>;
  const factory = namespace[name];
  if (typeof factory !== 'function') {
    throw new ActorsError(
      'ACTORS_OPTION_INVALID',
      `module ${module} exports no backend factory under the name ${name}`,
    );
  }
  return factory as BackendFactory;
}

function allocatorOf(
  arenas: readonly HostArena[],
  { arena: id, offset, sizeBytes }: Block,
): Allocator {
  const arena = arenas.find((candidate) => candidate.id === id);
  if (arena === undefined) {
    throw new ActorsError('ACTORS_OPTION_INVALID', `the system has no arena ${id} (option arenas)`);
  }
  return createAllocator({ arena, offset, sizeBytes });
}

/** One slot for each place, however many bindings name it. */
function slotOf({ backend, wrapped }: KernelState, block: Block | null): Slot {
  if (block === null) return 0;
  const key = `${block.arena}:${block.offset}:${block.sizeBytes}:${block.generation}`;
  const known = wrapped.get(key);
  if (known !== undefined) return known;
  const slot = backend.wrap(block);
  wrapped.set(key, slot);
  return slot;
}
