/**
 * A contestant in a process of its own. It owns the process and the lines that go to and fro.
 *
 * 1. The child prints one ready line: {"ready":true,"note":…}, {"skipped":…} or {"refused":…}.
 * 2. For each line on its standard input it runs one sample and prints one reading.
 * 3. It ends when its standard input ends, so it outlives neither `close` nor this process.
 * 4. One sample is asked for at a time; each has a time limit.
 */
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { BenchError } from '../errors.js';
import type { Reading, Running, Skipped } from './bench-case.js';

/** How a contestant's process is started. */
export interface ChildCommand {
  /** Names the contestant in error messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Set on top of this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** For the ready line, warm-up included, and for each sample. */
  readonly limitMs: number;
}

const STDERR_BYTES_MAX = 4_096;
const CLOSE_LIMIT_MS = 5_000;

interface Pipe {
  readonly child: ChildProcessWithoutNullStreams;
  next(limitMs: number, what: string): Promise<Record<string, unknown>>;
}

/** Starts the process and waits for its ready line. */
export async function startLineChild(options: ChildCommand): Promise<Running | Skipped> {
  const pipe = openPipe(options);
  const ready = await pipe.next(options.limitMs, 'its ready line');
  if (typeof ready['skipped'] === 'string') {
    await closeChild(pipe.child);
    return { skipped: ready['skipped'] };
  }
  if (ready['ready'] !== true) {
    await closeChild(pipe.child);
    throw new BenchError('BENCH_REFUSED', `${options.name}: ${String(ready['refused'])}`);
  }
  return {
    note: String(ready['note']),
    async sample() {
      pipe.child.stdin.write('sample\n');
      return toReading(await pipe.next(options.limitMs, 'a sample'), options.name);
    },
    close: () => closeChild(pipe.child),
  };
}

function openPipe(options: ChildCommand): Pipe {
  const { name } = options;
  const child = spawn(options.command, options.args, {
    env: { ...process.env, ...options.env },
    stdio: 'pipe',
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_BYTES_MAX);
  });
  child.stdin.on('error', () => undefined); // a dead child is told by its exit
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (cause) => {
      reject(new BenchError('BENCH_CHILD_FAILED', `${name} did not start: ${cause.message}`));
    });
    child.once('close', (status, signal) => {
      const said = lastWords(stderr);
      reject(new BenchError('BENCH_CHILD_FAILED', `${name} ended (${signal ?? status}): ${said}`));
    });
  });
  failed.catch(() => undefined); // nobody may be waiting when it ends

  async function nextLine(): Promise<string> {
    const line = await lines.next();
    return line.done === true ? failed : line.value;
  }
  return {
    child,
    async next(limitMs, what) {
      const line = await withLimit(Promise.race([nextLine(), failed]), limitMs, () => {
        child.kill('SIGKILL');
        const late = `${name} took over ${limitMs} ms for ${what}: ${lastWords(stderr)}`;
        return new BenchError('BENCH_CHILD_FAILED', late);
      });
      return parseLine(line, name);
    },
  };
}

/** The last line that names an error, or the last line. */
function lastWords(stderr: string): string {
  const lines = stderr.trim().split('\n');
  return lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? '';
}

async function withLimit<T>(work: Promise<T>, limitMs: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

async function closeChild(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.stdin.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_LIMIT_MS);
  await closed;
  clearTimeout(timer);
}

function parseLine(line: string, name: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed === 'object' && parsed !== null) return { ...parsed };
  } catch (cause) {
    throw new BenchError('BENCH_CHILD_FAILED', `${name} printed no JSON line: ${line}`, { cause });
  }
  throw new BenchError('BENCH_CHILD_FAILED', `${name} printed no JSON object: ${line}`);
}

function toReading(fields: Record<string, unknown>, name: string): Reading {
  const refused = fields['refused'];
  if (typeof refused === 'string') throw new BenchError('BENCH_REFUSED', `${name}: ${refused}`);
  const { seconds, cpuSeconds, completed, check, figures } = fields;
  if (
    typeof seconds !== 'number' || !(seconds > 0) ||
    typeof cpuSeconds !== 'number' || !(cpuSeconds >= 0) ||
    typeof completed !== 'number' || typeof check !== 'string'
  ) {
    throw new BenchError('BENCH_CHILD_FAILED', `${name}: not a reading: ${JSON.stringify(fields)}`);
  }
  const numbers: Record<string, number> = {};
  if (typeof figures === 'object' && figures !== null) {
    for (const [key, value] of Object.entries(figures)) numbers[key] = Number(value);
  }
  return { seconds, cpuSeconds, completed, check, figures: numbers };
}
