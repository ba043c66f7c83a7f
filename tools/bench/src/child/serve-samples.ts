/** The child's side of harness/line-child.ts, for contestants that run on Node. */
import { createInterface } from 'node:readline';

/** A sample that counts, or the reason why it does not. */
export type Judgement =
  | {
      readonly completed: number;
      readonly check: string;
      readonly figures?: Readonly<Record<string, number>>;
      /** Set by a workload that times a part of its run itself. */
      readonly seconds?: number;
      readonly cpuSeconds?: number;
    }
  | { readonly refused: string };

/** One workload. Only `run` is timed. */
export interface Workload<T> {
  /** Version and settings, for people. */
  readonly note: string;
  prepare?(): void;
  run(): Promise<T>;
  judge(result: T): Judgement;
  stop(): Promise<void>;
}

/** Prints the ready line, serves samples until standard input ends, then stops the workload. */
export async function serveSamples<T>(workload: Workload<T>): Promise<void> {
  print({ ready: true, note: workload.note });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line !== 'sample') throw new Error(`expected the line 'sample', got '${line}'`);
    workload.prepare?.();
    const cpu = process.cpuUsage();
    const start = performance.now();
    const result = await workload.run();
    const seconds = (performance.now() - start) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    print({ seconds, cpuSeconds: (user + system) / 1e6, ...workload.judge(result) });
  }
  await workload.stop();
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
