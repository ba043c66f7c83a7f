import { expect, test } from 'vitest';
import { BenchError } from '../errors.js';
import type { BenchCase, Contestant, Reading, Running } from './bench-case.js';
import { throughput } from './bench-case.js';
import { runCase } from './run-case.js';

const OPTIONS = { size: 'small', peers: [], samples: 3 } as const;

interface Script {
  readonly subject: string;
  readonly readings: readonly (Partial<Reading> | BenchError)[];
  readonly threads?: number;
}

/** A contestant that answers from a list, and writes what happens to it into `events`. */
function scripted(script: Script, events: string[]): Contestant {
  const { subject, readings, threads } = script;
  let next = 0;
  const running: Running = {
    note: `${subject} 1.0`,
    sample() {
      events.push(subject);
      const reading = readings[next++];
      if (reading instanceof BenchError) return Promise.reject(reading);
      const whole = { seconds: 1, cpuSeconds: 1, completed: 10, check: `c${next}`, figures: {} };
      return Promise.resolve({ ...whole, ...reading });
    },
    close() {
      events.push(`${subject} closed`);
      return Promise.resolve();
    },
  };
  const metrics = [throughput('work/s', 2)];
  const start = (): Promise<Running> => Promise.resolve(running);
  return threads === undefined ? { subject, metrics, start } : { subject, metrics, threads, start };
}

function caseOf(contestants: readonly Contestant[]): BenchCase {
  return {
    suite: 's', name: 'n', samples: 3, peers: [],
    plan: () => ({ intended: 10, work: 'things', contestants }),
  };
}

test('samples are taken in turns, and every contestant is closed', async () => {
  const events: string[] = [];
  const contestants = ['a', 'b'].map((subject) => scripted({ subject, readings: [] }, events));
  await runCase(caseOf(contestants), OPTIONS);
  expect(events).toEqual(['a', 'b', 'a', 'b', 'a', 'b', 'a closed', 'b closed']);
});

test('a line holds the median, the ends, the work and the last check', async () => {
  const readings = [{ seconds: 2 }, { seconds: 4, cpuSeconds: 4 }, { seconds: 1 }];
  const result = await runCase(caseOf([scripted({ subject: 'a', readings }, [])]), OPTIONS);
  expect(result).toEqual({
    lines: [{
      suite: 's', case: 'n', subject: 'a', metric: 'throughput', value: 10, unit: 'work/s',
      better: 'higher', intended: 10, completed: 10, samples: 3, min: 5, max: 20, check: 'c3',
      note: 'a 1.0; processor ÷ wall time 1.00',
    }],
    failures: [],
  });
});

test('incomplete work is in the line and is a failure', async () => {
  const readings = [{}, { completed: 9 }, {}];
  const result = await runCase(caseOf([scripted({ subject: 'a', readings }, [])]), OPTIONS);
  expect(result.lines[0]).toMatchObject({ intended: 10, completed: 9 });
  expect(result.failures).toEqual(['s/n: a completed 9 of 10 things']);
});

test.each([
  [{ seconds: 1, cpuSeconds: 1.2 }, ['s/n: a used 1.20 processors; the case allows 1.1']],
  [{ seconds: 0.01, cpuSeconds: 0.02 }, []],
])('processors above the threads fail, but not in short samples: %j', async (reading, failures) => {
  const script = { subject: 'a', threads: 1, readings: [reading, reading, reading] };
  expect((await runCase(caseOf([scripted(script, [])]), OPTIONS)).failures).toEqual(failures);
});

test('a contestant that fails has no line, and the others go on', async () => {
  const events: string[] = [];
  const broken = new BenchError('BENCH_REFUSED', 'a: error above 1e-5');
  const result = await runCase(caseOf([
    scripted({ subject: 'a', readings: [{}, broken] }, events),
    scripted({ subject: 'b', readings: [] }, events),
  ]), OPTIONS);
  expect(result.lines.map((line) => line.subject)).toEqual(['b']);
  expect(result.failures).toEqual(['s/n: a: error above 1e-5']);
  expect(events).toEqual(['a', 'b', 'a', 'b', 'b', 'a closed', 'b closed']);
});

test('a contestant that is not installed has a line that says how to install it', async () => {
  const absent: Contestant = {
    subject: 'peer',
    metrics: [throughput('work/s')],
    start: () => Promise.resolve({ skipped: 'apt-get install peer' }),
  };
  expect(await runCase(caseOf([absent]), OPTIONS)).toEqual({
    lines: [{
      suite: 's', case: 'n', subject: 'peer', metric: 'throughput',
      skipped: 'apt-get install peer',
    }],
    failures: [],
  });
});
