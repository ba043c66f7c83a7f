/** Serves samples of a peer that runs on Node, as src/child/serve-samples.ts does of ours. */
import { createInterface } from 'node:readline';

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** The package, or undefined once the ready line has said that it is not installed. */
export async function installed(name) {
  const found = await import(name).catch(() => undefined);
  if (found === undefined) print({ skipped: 'npm ci' });
  return found;
}

/** Prints the ready line, then a reading a line of input; `run` gives what it completed. */
export async function serveSamples(note, warmups, run) {
  for (let i = 0; i < warmups; i++) await run();
  print({ ready: true, note: `${note} on Node ${process.version}` });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line !== 'sample') throw new Error(`expected the line 'sample', got '${line}'`);
    const cpu = process.cpuUsage();
    const begin = performance.now();
    const completed = await run();
    const seconds = (performance.now() - begin) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    const cpuSeconds = (user + system) / 1e6;
    print({ seconds, cpuSeconds, completed, check: `count ${completed}` });
  }
}
