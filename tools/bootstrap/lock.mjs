/**
 * A lock file that names its holder. A holder that no longer lives loses it.
 *
 * LOCK-1: the file is created whole or not at all (link of a finished file), so a reader never
 *   sees half a holder.
 * LOCK-2: a stale lock is removed only by the holder of `<file>.break`, who looks again first; two
 *   waiters can therefore not remove each other's new lock.
 * LOCK-3: a lock is stale when its holder and the child named in `<file>.child` are dead: a build
 *   outlives a bootstrap that was killed.
 */
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;
const BREAK_STALE_MS = 10_000;

/** When a process started, in kernel ticks: tells a reused process id from its first owner. */
function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return '';
  }
}

function lives({ pid, start }) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
  }
  return startOf(pid) === start;
}

function holderOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

const recordOf = (pid) => JSON.stringify({ pid, start: startOf(pid) });

/** The process that keeps the lock: its holder or the holder's child; undefined when stale. */
function keeperOf(file) {
  const named = [holderOf(file), holderOf(`${file}.child`)];
  return named.find((record) => record !== undefined && lives(record));
}

/** Names the process that works for the holder of the lock. */
export function nameChild(file, pid) {
  writeFileSync(`${file}.child`, recordOf(pid));
}

function tryCreate(file) {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, recordOf(process.pid));
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function breakStale(file) {
  const breaker = `${file}.break`;
  try {
    writeFileSync(breaker, String(process.pid), { flag: 'wx' });
  } catch {
    const age = Date.now() - (statSync(breaker, { throwIfNoEntry: false })?.mtimeMs ?? Infinity);
    if (age > BREAK_STALE_MS) rmSync(breaker, { force: true });
    return;
  }
  // A lock that was released meanwhile may be another's by now: only a seen, stale one is removed.
  const seen = holderOf(file) !== undefined;
  if (seen && keeperOf(file) === undefined) rmSync(file, { force: true });
  rmSync(breaker, { force: true });
}

/**
 * Waits for the lock and returns the function that gives it back. `onWait` is called once, with
 * the holder, when the lock is held by a living process.
 * @throws Error after `limitMs`.
 */
export async function acquireLock(file, { limitMs, onWait = () => {} }) {
  const end = Date.now() + limitMs;
  let told = false;
  while (!tryCreate(file)) {
    const keeper = keeperOf(file);
    if (keeper === undefined) {
      breakStale(file);
      continue;
    }
    if (Date.now() > end) {
      const since = `for more than ${limitMs / 1000} s`;
      throw new Error(`${file} is held by process ${keeper.pid} ${since}`);
    }
    if (!told) onWait(keeper);
    told = true;
    await sleep(POLL_MS);
  }
  rmSync(`${file}.child`, { force: true });
  return () => {
    rmSync(`${file}.child`, { force: true });
    rmSync(file, { force: true });
  };
}
