/** What a thread has asked of the control thread's trees and waits for. */
import { ActorsError } from '../errors.js';
import { MAX_PENDING_ASKS } from '../limits.js';
import type {
  Answer,
  CommandResult,
  SupervisorCommand,
  SupervisorPlan,
  TreeRequest,
} from '../protocol.js';
import type { IdWords } from '../spawn.js';

interface Waiting {
  readonly resolve: (answer: Exclude<Answer, { readonly kind: 'refused' }>) => void;
  readonly reject: (error: ActorsError) => void;
}

/** See the file's header. */
export class TreeRequests {
  readonly #post: (requests: readonly TreeRequest[]) => void;
  readonly #waiting = new Map<number, Waiting>();
  #unsent: TreeRequest[] = [];
  #request = 0;

  /** @param post called once for all the requests of a microtask */
  constructor(post: (requests: readonly TreeRequest[]) => void) {
    this.#post = post;
  }

  /** The root's id. @throws ActorsError what the control thread answers, ACTORS_ASK_LIMIT */
  async supervise(name: string, plan: SupervisorPlan): Promise<IdWords> {
    const answer = await this.#send((request) => ({ kind: 'supervise', request, name, plan }));
    return answer.kind === 'supervised' ? answer.root : unexpected(answer);
  }

  /** @throws ActorsError what the control thread answers, ACTORS_ASK_LIMIT */
  async command(
    root: IdWords | string,
    path: readonly string[],
    command: SupervisorCommand,
  ): Promise<CommandResult> {
    const answer = await this.#send((request) => ({
      kind: 'command',
      request,
      root,
      path,
      command,
    }));
    return answer.kind === 'done' ? answer.result : unexpected(answer);
  }

  /** Resolves when the tree has ended. @throws ActorsError ACTORS_ASK_LIMIT */
  async stopTree(root: IdWords): Promise<void> {
    await this.#send((request) => ({ kind: 'stopTree', request, root }));
  }

  settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.request);
    this.#waiting.delete(answer.request);
    if (answer.kind === 'refused') waiting?.reject(new ActorsError(answer.code, answer.text));
    else waiting?.resolve(answer);
  }

  /** Posts what was asked now. */
  flush(): void {
    if (this.#unsent.length > 0) this.#post(this.#unsent);
    this.#unsent = [];
  }

  failAll(error: () => ActorsError): void {
    for (const { reject } of this.#waiting.values()) reject(error());
    this.#waiting.clear();
  }

  #send(
    message: (request: number) => TreeRequest,
  ): Promise<Exclude<Answer, { readonly kind: 'refused' }>> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.size >= MAX_PENDING_ASKS) {
        const text = `${MAX_PENDING_ASKS} requests to supervisors wait for their answers`;
        reject(new ActorsError('ACTORS_ASK_LIMIT', text));
        return;
      }
      const request = (this.#request += 1);
      this.#waiting.set(request, { resolve, reject });
      if (this.#unsent.push(message(request)) === 1) queueMicrotask(() => this.flush());
    });
  }
}

function unexpected(answer: Answer): never {
  throw new RangeError(`request ${answer.request} was answered with ${answer.kind}`);
}
