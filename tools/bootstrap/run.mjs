/** Steps, lock and verbs of the bootstrap; see tools/bootstrap.mjs for its invariants. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { addonStep } from './addon.mjs';
import { buildStep } from './build.mjs';
import { reasonIn, runLogged, runVerb } from './child.mjs';
import { installStep } from './install.mjs';
import { acquireLock, nameChild } from './lock.mjs';
import { root } from './paths.mjs';

const LOCK = join(root, '.bootstrap', 'lock');
const LOCK_LIMIT_MS = 900_000;

export const verbs = Object.freeze({
  quickstart: 'examples/quickstart/dist/main.js',
  test: 'tools/test.mjs',
  doctor: 'tools/doctor.mjs',
  bench: 'tools/bench/dist/main.js',
  verify: 'tools/verify.mjs',
  build: undefined,
});

/** Doctor must also answer on a machine where a build step fails. */
const NO_STEPS = new Set(['doctor']);
const STEPS = [installStep, buildStep, addonStep];

const say = (text) => process.stderr.write(`${text}\n`);

/** Thrown to end with a message and a status; anything else is a fault of the bootstrap. */
class Stop extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function runStep(step) {
  const log = join('.bootstrap', `${step.name}.log`);
  const started = Date.now();
  step.before?.(root);
  const result = await runLogged(step.command(), {
    cwd: root,
    env: { ...process.env, ...step.environment },
    log: join(root, log),
    limitMs: step.limitMs,
    onStart(pid) {
      nameChild(LOCK, pid);
      say(`${step.title} …`);
    },
  });
  if (result.signal !== undefined) throw new Stop(`interrupted while ${step.title}`, 130);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (result.status === 0 && !result.timedOut) {
    step.after?.(root);
    say(`${step.title}: ${seconds} s`);
    return;
  }
  if (step.mayFail) {
    step.afterFailure(root);
    say(step.failure(log));
    return;
  }
  const late = result.timedOut ? `; ended after ${step.limitMs / 1000} s` : '';
  throw new Stop(`${reasonIn(join(root, log))}\n${step.failure(log)}${late}`, 1);
}

/** Brings the checkout up to date; takes the lock only when there is something to do. */
async function prepare() {
  if (STEPS.every((step) => step.isCurrent(root))) return;
  mkdirSync(join(root, '.bootstrap'), { recursive: true });
  const release = await acquireLock(LOCK, {
    limitMs: LOCK_LIMIT_MS,
    onWait: ({ pid }) => say(`waiting for process ${pid}, which prepares this checkout …`),
  });
  try {
    for (const step of STEPS) if (!step.isCurrent(root)) await runStep(step);
  } finally {
    release();
  }
}

/** Runs one verb and sets the exit status. */
export async function run([verb, ...args]) {
  if (verb === undefined || !Object.hasOwn(verbs, verb)) {
    say(`unknown verb ${verb ?? '(none)'}: choose one of ${Object.keys(verbs).join(', ')}`);
    process.exitCode = 2;
    return;
  }
  const started = Date.now();
  try {
    if (!NO_STEPS.has(verb)) await prepare();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    say(error.message);
    process.exitCode = error.status;
    return;
  }
  const script = verbs[verb];
  if (script === undefined) return;
  if (!existsSync(join(root, script))) {
    say(`${verb} cannot run: ${script} is missing`);
    process.exitCode = 1;
    return;
  }
  const env = { ...process.env, GANGLION_PREPARE_MS: String(Date.now() - started) };
  process.exitCode = await runVerb([process.execPath, join(root, script), ...args], {
    cwd: process.cwd(),
    env,
  });
}
