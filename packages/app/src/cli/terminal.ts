/**
 * A run as a person at a terminal sees it. On a terminal one progress line is rewritten in place;
 * elsewhere a line is written now and then.
 */
import type { Clock } from '@ganglion/runtime/contract';

import type {
  RestartReport, RunEvent, RunObserver, RunProgress, TrainSummary,
} from '../contract.js';
import { duration, grouped, progressLine } from './progress-line.js';

/** Where text goes; `process.stdout` is one. */
export interface TextOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Time between two progress lines where lines cannot be rewritten. */
const PLAIN_EVERY_MS = 2_000;
const LABEL_WIDTH = 11;
const DEFAULT_COLUMNS = 80;

type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

const CODES: Readonly<Record<Colour, readonly [on: number, off: number]>> = {
  bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39],
};

/** Writes lines above one progress line. */
export class Terminal implements RunObserver {
  readonly #output: TextOutput;
  readonly #clock: Clock;
  readonly #isTTY: boolean;
  #progress = '';
  #writtenMs = Number.NEGATIVE_INFINITY;

  constructor(output: TextOutput, clock: Clock) {
    this.#output = output;
    this.#clock = clock;
    this.#isTTY = output.isTTY === true;
  }

  /** `text` in a colour on a terminal, as it is elsewhere. */
  paint(colour: Colour, text: string): string {
    if (!this.#isTTY) return text;
    const [on, off] = CODES[colour];
    return `\u001B[${on}m${text}\u001B[${off}m`;
  }

  /** A line of its own, above the progress line. */
  line(text = ''): void {
    const clear = this.#progress === '' ? '' : '\r\u001B[K';
    this.#output.write(`${clear}${text}\n${this.#progress}`);
  }

  /** A line that begins with a label in a column of its own. */
  labelled(label: string, text: string, colour: Colour = 'bold'): void {
    this.line(`${this.paint(colour, label.padEnd(LABEL_WIDTH))}${text}`);
  }

  /** Removes the progress line. */
  end(): void {
    if (this.#progress === '') return;
    this.#progress = '';
    this.#output.write('\r\u001B[K');
  }

  onEvent(event: RunEvent): void {
    switch (event.kind) {
      case 'started': return this.#started(event);
      case 'note': return this.labelled('note', event.text, 'yellow');
      case 'progress': return this.#show(event.progress);
      case 'evaluated': return this.labelled(`epoch ${event.epoch}`,
        `${percent(event.accuracy)} of the held-out samples`, 'dim');
      case 'killing': return this.labelled('kill',
        `${event.child}, incarnation ${event.incarnation}, on purpose at step ` +
        grouped(event.step), 'red');
      case 'restart': return this.labelled('supervisor', restartText(event.report), 'green');
      case 'back': return this.labelled('back',
        `${event.child} is incarnation ${event.incarnation} after ${duration(event.downMs)}; ` +
        'no step is lost', 'green');
      case 'gaveUp': return this.labelled('gave up', `${event.supervisor}: ${event.text}`, 'red');
      case 'checkpoint':
    }
  }

  /** What a finished run ends with. */
  summary(summary: TrainSummary, heldOut: number, folder: string): void {
    const { accuracy, steps, restarts, seconds, weightsHash, profile } = summary;
    const result = heldOut === 0 ? [] : [
      `accuracy ${percent(accuracy)} of ${grouped(heldOut)} held-out samples`,
    ];
    const times = restarts === 1 ? 'restart' : 'restarts';
    const counts = `${grouped(steps)} steps, ${restarts} ${times}`;
    this.labelled('done', [...result, counts, duration(seconds * 1_000)].join(' · '), 'green');
    this.labelled('weights', `sha256 ${weightsHash.slice(0, 16)}, the same for any number of ` +
      `workers (${profile})`);
    this.labelled('run', `${folder}: summary.json, metrics.jsonl, checkpoint/`);
  }

  #started(event: Extract<RunEvent, { kind: 'started' }>): void {
    const { workers, device, profile, folder, step, steps } = event;
    const threads = `${workers} ${workers === 1 ? 'worker' : 'workers'}`;
    const resumed = step === 0 ? '' : ` · resumed after step ${grouped(step)} of ${grouped(steps)}`;
    this.labelled('training', `${threads} · ${device} (${profile}) · ${folder}${resumed}`);
  }

  #show(progress: RunProgress): void {
    const text = progressLine(progress);
    if (this.#isTTY) {
      const columns = this.#output.columns ?? DEFAULT_COLUMNS;
      this.#progress = [...text].slice(0, columns - 1).join('');
      this.#output.write(`\r\u001B[K${this.#progress}`);
      return;
    }
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#writtenMs < PLAIN_EVERY_MS) return;
    this.#writtenMs = nowMs;
    this.#output.write(`${text}\n`);
  }
}

/** `97.35 %` for 0.9735. */
export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(2)} %`;
}

function restartText({ child, reason, text, restarts, delayMs }: RestartReport): string {
  const because = text === '' ? reason : `${reason}: ${text}`;
  const when = delayMs === 0 ? 'at once' : `after ${duration(delayMs)}`;
  return `restarts ${child} ${when}: it exited (${because}), restart ${restarts} of this child`;
}
