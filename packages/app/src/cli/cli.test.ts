import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { ActorInfo } from '@ganglion/actors';
import { virtualTime } from '@ganglion/runtime/testing';
import { describe, expect, it } from 'vitest';

import type { RunProgress, TrainSummary } from '../contract.js';
import { AppError } from '../errors.js';
import { parseTrainArguments } from './arguments.js';
import { main } from './main.js';
import { bar, duration, grouped, progressLine } from './progress-line.js';
import { Terminal } from './terminal.js';
import { runCommand, sentenceOf, statusOf } from './train-command.js';
import { treeText } from './tree-text.js';

describe('arguments', () => {
  it('reads every option', () => {
    const line = 'train x.js --workers 4 --name a --runs /r --resume --epochs=3 --device cpu ' +
      '--native ./k.js --threads 2 --oversubscribe';
    expect(parseTrainArguments(line.split(' '))).toEqual({
      help: false,
      positionals: ['train', 'x.js'],
      flags: {
        workers: 4, name: 'a', runs: '/r', resume: true, epochs: 3, device: 'cpu',
        native: pathToFileURL(resolve('k.js')).href, threads: 2, oversubscribe: true,
      },
    });
  });

  it('leaves out what is not given', () => {
    const { flags, help } = parseTrainArguments(['--no-native', '--help']);
    expect(help).toBe(true);
    expect(flags).toEqual({ native: false });
    expect(parseTrainArguments(['--native', 'kernels']).flags.native).toBe('kernels');
    expect(Object.values(flags).filter((value) => value !== undefined)).toEqual([false]);
  });

  it.each([
    ['--wrokers 2', /^unknown option --wrokers; known are --workers, --threads/],
    ['-w 2', /^unknown option -w; known are/],
    ['--workers', /^--workers needs a value$/],
    ['--workers=', /^--workers needs a value$/],
    ['--workers two', /^--workers is "two", it must be an integer from 1 to 1024$/],
    ['--workers 0', /^--workers is "0", it must be an integer from 1 to 1024$/],
    ['--workers 1025', /^--workers is "1025"/],
    ['--workers 1.5', /^--workers is "1.5"/],
    ['--workers 1e2', /^--workers is "1e2"/],
    ['--epochs 1000001', /^--epochs is "1000001", it must be an integer from 1 to 1000000$/],
    ['--device cuda', /^--device is "cuda", it must be one of auto, cpu$/],
    ['--resume=yes', /^--resume takes no value, it was given yes$/],
    ['--name a --name b', /^--name was given twice$/],
    ['--native a --no-native', /^--native and --no-native were both given$/],
  ])('refuses %s', (line, message) => {
    expect(() => parseTrainArguments(line.split(' '))).toThrow(AppError);
    expect(() => parseTrainArguments(line.split(' '))).toThrow(message);
  });
});

class Recorder {
  text = '';
  readonly isTTY: boolean;
  readonly columns = 60;

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.text += text;
  }
}

function actor(id: string, restarts: number): ActorInfo {
  return {
    id, kind: 'actor', behaviour: 'B', state: 'running', lastExit: undefined, restarts,
    worker: 0, mailbox: 0, dropped: 0, turnMs: 0, presentTurnMs: undefined, children: [],
  };
}

function above(id: string, children: readonly ActorInfo[]): ActorInfo {
  return { ...actor(id, 0), kind: 'supervisor', behaviour: '', worker: undefined, children };
}

async function fail(): Promise<void> {
  throw new AppError('APP_RUN_MISSING', 'there is\n  no run');
}

function progress(step: number): RunProgress {
  return {
    step, steps: 310, epoch: 2, epochs: 10, loss: 0.18234, samplesPerSecond: 48_211.4,
    remainingMs: 1_234,
  };
}

describe('terminal', () => {
  it('shows numbers as people write them', () => {
    expect([0, 999, 1_000, 1_234_567].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567']);
    expect([2.34, 340, 999.6, 1_234, 12_000, 185_000, 7_620_000].map(duration)).toEqual([
      '2.3 ms', '340 ms', '1.0 s', '1.2 s', '12 s', '3 min 05 s', '2 h 07 min',
    ]);
    expect([0, 0.5, 1, 2].map((done) => bar(done, 4))).toEqual(['────', '━━──', '━━━━', '━━━━']);
  });

  it('keeps the columns of the progress line', () => {
    expect(progressLine(progress(9))).toBe(
      '━───────────────────  epoch  2/10  step   9/310  loss 0.1823  48,211 samples/s  1.2 s left');
    expect(progressLine({ ...progress(310), remainingMs: undefined })).toBe(
      '━━━━━━━━━━━━━━━━━━━━  epoch  2/10  step 310/310  loss 0.1823  48,211 samples/s');
  });

  it('rewrites one line on a terminal, never wider than it', () => {
    const output = new Recorder(true);
    const terminal = new Terminal(output, virtualTime().clock);
    terminal.onEvent({ kind: 'progress', progress: progress(9) });
    terminal.onEvent({ kind: 'evaluated', step: 10, epoch: 1, accuracy: 0.9735 });
    terminal.end();
    const [, first = '', second = '', third] = output.text.split('\r\u001B[K');
    expect([...first].length).toBe(59);
    expect(second).toContain('epoch 1');
    expect(second).toContain('97.35 % of the held-out samples');
    expect(second.endsWith(`\n${first}`)).toBe(true);
    expect(third).toBe('');
  });

  it('writes a line now and then elsewhere, without colours', () => {
    const output = new Recorder(false);
    const { clock, advance } = virtualTime();
    const terminal = new Terminal(output, clock);
    for (let step = 0; step < 10; step += 1) {
      terminal.onEvent({ kind: 'progress', progress: progress(step) });
      advance(500);
    }
    expect(output.text.split('\n').length - 1).toBe(3);
    expect(output.text).not.toContain('\u001B');
  });

  it('tells what a supervisor did', () => {
    const output = new Recorder(false);
    const terminal = new Terminal(output, virtualTime().clock);
    const child = 'Model/layers/linear-0';
    terminal.onEvent({ kind: 'killing', step: 124, child, incarnation: 1 });
    terminal.onEvent({
      kind: 'restart',
      report: { child, reason: 'crashed', text: 'oops', restarts: 2, delayMs: 10 },
    });
    terminal.onEvent({ kind: 'back', child, incarnation: 3, downMs: 12 });
    terminal.onEvent({ kind: 'gaveUp', supervisor: 'Model', text: 'too often' });
    expect(output.text.split('\n')).toEqual([
      'kill       Model/layers/linear-0, incarnation 1, on purpose at step 124',
      'supervisor restarts Model/layers/linear-0 after 10 ms: it exited (crashed: oops), ' +
        'restart 2 of this child',
      'back       Model/layers/linear-0 is incarnation 3 after 12 ms; no step is lost',
      'gave up    Model: too often',
      '',
    ]);
  });

  it('ends with a summary', () => {
    const output = new Recorder(false);
    const summary: TrainSummary = {
      accuracy: 0.95, steps: 1_000, restarts: 1, seconds: 3.21, weightsHash: 'ab'.repeat(32),
      profile: 'fma-f32', device: 'native avx2', workers: 2, definitionHash: '',
      node: {
        id: 'x', address: 'x', gpus: [], lastHeartbeatMs: 0, phiScore: 0,
        load: { cpuUsage: 0, memoryUsage: 0, gpuUsage: [], networkBandwidth: undefined },
      },
    };
    new Terminal(output, virtualTime().clock).summary(summary, 2_000, 'runs/x');
    expect(output.text.split('\n').slice(0, 2)).toEqual([
      'done       accuracy 95.00 % of 2,000 held-out samples · 1,000 steps, 1 restart · 3.2 s',
      'weights    sha256 abababababababab, the same for any number of workers (fma-f32)',
    ]);
  });

  it('draws a tree in columns', () => {
    const root = above('System', [above('GPU', [actor('long-name', 2)]), actor('x', 0)]);
    expect(treeText(root)).toBe([
      'System',
      '├─ GPU',
      '│  └─ long-name  B  running  worker 0  restarted 2 ×',
      '└─ x             B  running  worker 0',
    ].join('\n'));
  });
});

describe('command', () => {
  it.each([
    [['tarin', 'x.js'], /^unknown command tarin; known is train$/],
    [['train'], /^train needs a training script/],
    [['train', 'a.js', 'b.js'], /^train takes one training script, there is also b.js$/],
    [['--workers', '2'], /^unknown command none; known is train$/],
  ])('refuses %j', async (args, message) => {
    const terminal = new Terminal(new Recorder(false), virtualTime().clock);
    const error: unknown = await main(args, terminal).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'APP_USAGE' });
    expect(sentenceOf(error)).toMatch(message);
    expect(statusOf(error)).toBe(2);
  });

  it('prints its help', async () => {
    const output = new Recorder(false);
    await main(['--help'], new Terminal(output, virtualTime().clock));
    expect(output.text).toMatch(/^ganglion train <script.js> \[options\]/);
    for (const line of output.text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('says what went wrong in one line, and fails', async () => {
    const errors = new Recorder(false);
    const before = process.exitCode;
    await runCommand('ganglion', fail, new Recorder(false), errors);
    expect(process.exitCode).toBe(1);
    process.exitCode = before;
    expect(errors.text).toBe('ganglion: there is no run\n');
  });
});
