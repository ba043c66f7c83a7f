/** The optimizer actor: coordinates the steps of a run (decision 0006). */
import { actor, reply, value } from '@ganglion/actors';
import type { Behaviour, ReplyKind, ValueKind } from '@ganglion/actors';

import type { StoreBlocks } from '../store/memory-plan.js';
import { Store } from '../store/store.js';
import { Coordinator } from './coordinator.js';
import type { Advance, CoordinatorOptions, Peers } from './coordinator.js';
import { orFailure } from './failure.js';
import type { Failure } from './failure.js';

/** What the optimizer actor is started with. */
export interface OptimizerArguments extends CoordinatorOptions {
  readonly blocks: StoreBlocks;
}

/** Asks for steps. The peers come with every request, so a restarted optimizer needs no memory. */
export interface AdvanceRequest {
  readonly peers: Peers;
  /** Steps of the run that shall be taken when it is answered. */
  readonly to: number;
}

/** Asks for predictions of the held-out samples. */
export interface EvaluateRequest {
  readonly peers: Peers;
}

/** How many held-out samples are predicted right. */
export interface Evaluation {
  readonly right: number;
}

/** What the optimizer actor is asked. */
export type OptimizerMessages = {
  readonly advance: ReplyKind<
    ValueKind<AdvanceRequest>,
    ValueKind<Advance | Failure>
  >;
  readonly evaluate: ReplyKind<
    ValueKind<EvaluateRequest>,
    ValueKind<Evaluation | Failure>
  >;
};

const messages: OptimizerMessages = {
  advance: reply(value<AdvanceRequest>(), value<Advance | Failure>()),
  evaluate: reply(value<EvaluateRequest>(), value<Evaluation | Failure>()),
};

export const OptimizerActor: Behaviour<OptimizerMessages, OptimizerArguments> =
  actor(import.meta.url, 'OptimizerActor', {
    init: (self, { blocks, ...options }: OptimizerArguments) =>
      new Coordinator(Store.attach(self.arenas, blocks), options),
    messages,
    receive: {
      advance: async (self, message) => {
        const { peers, to } = message.value;
        const isCurrent = incarnationOf(self.ref);
        message.reply(await orFailure(() => self.state.advance(peers, to, isCurrent)));
      },
      evaluate: async (self, message) => {
        const { peers } = message.value;
        const isCurrent = incarnationOf(self.ref);
        message.reply(await orFailure(async () =>
          ({ right: await self.state.evaluate(peers, isCurrent) })));
      },
    },
  });

/** COORDINATOR-2: a handler's promise goes on after its actor was killed; this tells it so. */
function incarnationOf(ref: { readonly incarnation: number }): () => boolean {
  const { incarnation } = ref;
  return () => ref.incarnation === incarnation;
}
