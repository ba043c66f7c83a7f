/**
 * A peer runs at its best settings on the machine at hand: each candidate is started, sampled a few
 * times, and the one with the shortest sample stays. Candidates run one after the other.
 */
import type { Running, Skipped } from './bench-case.js';

const PROBES = 3;

/** One way to run a peer. */
export interface Candidate {
  /** The setting, for people. */
  readonly setting: string;
  start(): Promise<Running | Skipped>;
}

/** Starts the fastest candidate; its note lists what every candidate took. */
export async function startFastest(
  candidates: readonly Candidate[],
  probes: number = PROBES,
): Promise<Running | Skipped> {
  let best: { readonly running: Running; readonly seconds: number } | undefined;
  const seen: string[] = [];
  for (const { setting, start } of candidates) {
    const running = await start();
    if ('skipped' in running) {
      await best?.running.close();
      return running;
    }
    let seconds = Infinity;
    for (let i = 0; i < probes; i++) seconds = Math.min(seconds, (await running.sample()).seconds);
    seen.push(`${setting} ${(seconds * 1_000).toFixed(0)} ms`);
    if (best === undefined || seconds < best.seconds) {
      await best?.running.close();
      best = { running, seconds };
    } else {
      await running.close();
    }
  }
  if (best === undefined) throw new RangeError('no candidates');
  const { running } = best;
  return { ...running, note: `${running.note}; fastest of: ${seen.join(', ')}` };
}
