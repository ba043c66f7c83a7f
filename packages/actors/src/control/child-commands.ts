/**
 * What callers ask of one supervisor: OTP's start_child, terminate_child, restart_child,
 * delete_child and which_children.
 *
 * COMMANDS-1: the commands on a supervisor of listed children are done one after the other, and
 *   none while its group is started or restarted. Those on a simpleOneForOne supervisor are done at
 *   once.
 */
import { ActorsError } from '../errors.js';
import type {
  ChildReport,
  CommandResult,
  PlannedActor,
  PlannedChild,
  SupervisorCommand,
  SupervisorPlan,
} from '../protocol.js';
import type { IdWords } from '../spawn.js';
import { checkSignificance, CHILDREN_MAX } from '../supervisor-spec.js';
import type { Node, Parent, SupervisedActors } from './supervision.js';

/** The supervisor as its commands see it. */
export interface Commanded extends Parent {
  readonly spec: SupervisorPlan;
  readonly state: Node['state'];
  readonly children: ReadonlyMap<string, Node>;
  /** Resolves when no group is being started or restarted; undefined if none is. */
  unsettled(): Promise<void> | undefined;
  isRestarting(child: Node): boolean;
  add(plan: PlannedChild): Node;
  forget(child: Node): void;
  terminate(child: Node): Promise<void>;
}

/** See the file's header. */
export class ChildCommands {
  readonly #supervisor: Commanded;
  readonly #actors: Pick<SupervisedActors, 'nodeOf'>;
  #last: Promise<unknown> = Promise.resolve();
  /** Names the children of a simpleOneForOne supervisor. */
  #serial = 0;

  constructor(supervisor: Commanded, actors: Pick<SupervisedActors, 'nodeOf'>) {
    this.#supervisor = supervisor;
    this.#actors = actors;
  }

  /**
   * @throws ActorsError ACTORS_SUPERVISOR_DOWN, ACTORS_CHILD_PRESENT, ACTORS_CHILD_RUNNING,
   * ACTORS_CHILD_UNKNOWN, ACTORS_START_FAILED, ACTORS_OPTION_INVALID
   */
  async run(command: SupervisorCommand): Promise<CommandResult> {
    this.#checkRunning();
    if (command.kind === 'whichChildren')
      return [...this.#supervisor.children.values()].map((child) => this.#report(child));
    if (this.#supervisor.spec.strategy === 'simpleOneForOne') return this.#simple(command);
    const turn = this.#last.then(() => this.#ordered(command));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #simple(command: SupervisorCommand): Promise<CommandResult> {
    if (command.kind === 'startInstance') return this.#startInstance(command.actor);
    if (command.kind === 'terminateChild') return this.#terminate(command.child);
    throw this.#wrong(command);
  }

  async #ordered(command: SupervisorCommand): Promise<CommandResult> {
    // What follows is done in the very moment in which nothing is under way.
    const next = (): Promise<void> | undefined => this.#supervisor.unsettled();
    for (let wait = next(); wait !== undefined; wait = next()) await wait;
    this.#checkRunning();
    switch (command.kind) {
      case 'startChild':
        return this.#startChild(command.child);
      case 'terminateChild':
        return this.#terminate(command.child);
      case 'restartChild':
        return this.#start(this.#down(command.id));
      case 'deleteChild':
        this.#supervisor.forget(this.#down(command.id));
        return [];
      default:
        throw this.#wrong(command);
    }
  }

  #startInstance(actor: PlannedActor): Promise<CommandResult> {
    const { template, templateBehaviour } = this.#supervisor.spec;
    if (template === undefined) throw new RangeError(`${this.#supervisor.path} has no template`);
    if (actor.image.behaviour !== templateBehaviour)
      throw invalid(`the children of ${this.#supervisor.path} are of another behaviour`);
    this.#serial += 1;
    return this.#startNew({ ...template, id: String(this.#serial), subject: actor });
  }

  #startChild(plan: PlannedChild): Promise<CommandResult> {
    const { path, children, spec } = this.#supervisor;
    if (children.has(plan.id)) {
      throw new ActorsError('ACTORS_CHILD_PRESENT', `${path} has a child ${plan.id} already`);
    }
    if (children.size >= CHILDREN_MAX)
      throw invalid(`${path} has ${children.size} children; at most ${CHILDREN_MAX}`);
    checkSignificance(`child ${plan.id}`, plan, spec.autoShutdown);
    return this.#startNew(plan);
  }

  async #startNew(plan: PlannedChild): Promise<CommandResult> {
    const child = this.#supervisor.add(plan);
    try {
      return await this.#start(child);
    } catch (error) {
      if (child.state === 'down') this.#supervisor.forget(child);
      throw error;
    }
  }

  async #start(child: Node): Promise<CommandResult> {
    const outcome = await child.start();
    if (outcome.state === 'running') return [this.#report(child)];
    // Its group was restarted meanwhile, and it with it.
    if (outcome.state === 'stopped') await this.#supervisor.unsettled();
    if (child.state === 'running') return [this.#report(child)];
    throw new ActorsError('ACTORS_START_FAILED', outcome.text);
  }

  async #terminate(given: string | IdWords): Promise<CommandResult> {
    const child = this.#find(given);
    await this.#supervisor.terminate(child);
    const { restart } = child.plan;
    const gone = restart === 'temporary' || this.#supervisor.spec.strategy === 'simpleOneForOne';
    if (gone && child.state === 'down') this.#supervisor.forget(child);
    return [];
  }

  #find(given: string | IdWords): Node {
    const { path, children } = this.#supervisor;
    if (typeof given === 'string') {
      const child = children.get(given);
      if (child !== undefined) return child;
      throw new ActorsError('ACTORS_CHILD_UNKNOWN', `${path} has no child ${given}`);
    }
    const node = this.#actors.nodeOf(given);
    if (node !== undefined && node.parent === this.#supervisor) return node;
    throw new ActorsError('ACTORS_CHILD_UNKNOWN', `${path} has no such actor as a child`);
  }

  #down(id: string): Node {
    const child = this.#find(id);
    const state = this.#stateOf(child);
    if (state === 'down') return child;
    throw new ActorsError('ACTORS_CHILD_RUNNING', `${child.path} is ${state}, and must be down`);
  }

  #stateOf(child: Node): ChildReport['state'] {
    return this.#supervisor.isRestarting(child) ? 'restarting' : child.state;
  }

  #report(child: Node): ChildReport {
    const { id, restart, significant, subject } = child.plan;
    const state = this.#stateOf(child);
    const { restarts } = child;
    return { id, kind: subject.kind, state, restart, significant, restarts, ...child.id };
  }

  #checkRunning(): void {
    const { path, state } = this.#supervisor;
    if (state === 'running') return;
    throw new ActorsError('ACTORS_SUPERVISOR_DOWN', `${path} does not run: it is ${state}`);
  }

  #wrong(command: SupervisorCommand): ActorsError {
    const { path, spec } = this.#supervisor;
    return invalid(`${command.kind} of ${path}, whose strategy is ${spec.strategy}`);
  }
}

function invalid(text: string): ActorsError {
  return new ActorsError('ACTORS_OPTION_INVALID', text);
}
