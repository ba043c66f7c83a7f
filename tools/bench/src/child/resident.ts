/** Resident memory of this process, and its peak since a moment. */
import { readFileSync, writeFileSync } from 'node:fs';

const MIB = 1_024 * 1_024;
const KIB_PER_MIB = 1_024;

/** Begins to look for a peak; the result gives the MiB by which it is above the level of now. */
export function watchPeak(): () => number {
  const level = process.memoryUsage.rss() / MIB;
  const isReset = resetPeak();
  return () => (isReset ? peakSinceReset() : process.resourceUsage().maxRSS / KIB_PER_MIB) - level;
}

/** Has Linux count the peak from now; elsewhere it is the peak of the process's whole life. */
function resetPeak(): boolean {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}

function peakSinceReset(): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  if (line === null) throw new Error('/proc/self/status has no line VmHWM');
  return Number(line[1]) / KIB_PER_MIB;
}
