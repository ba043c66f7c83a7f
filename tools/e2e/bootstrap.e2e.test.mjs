import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeCheckout } from './checkout.mjs';

const FALLBACK =
  'native addon not built, fallback: plain TypeScript (log: .bootstrap/addon.log)';
const NO_COMPILER = { env: { CC: '/bin/false', CXX: '/bin/false' } };

describe('bootstrap', () => {
  let prepared;
  let checkout;
  beforeAll(async () => {
    prepared = makeCheckout();
    await prepared.run(['build']);
  }, 60_000);
  beforeEach(() => {
    checkout = makeCheckout(prepared);
  });
  afterEach(() => checkout.remove());
  afterAll(() => prepared.remove());

  /** Makes the TypeScript out of date and its build wait until `letGo`. */
  const holdBuild = () => {
    checkout.put('packages/a/src/index.ts', 'export const changed = 1;\n');
    checkout.put('build.log', '');
    checkout.hold();
  };

  test('BOOT-1: a fresh clone is prepared on standard error, then all is silent', async () => {
    checkout.remove();
    checkout = makeCheckout();
    const first = await checkout.run(['quickstart', '--workers', '2']);
    expect([first.status, first.stdout]).toEqual([0, '["--workers","2"]\n']);
    const titles = ['installing packages', 'building TypeScript', 'building the native addon'];
    for (const title of titles) {
      expect(first.stderr).toMatch(new RegExp(`^${title}: \\d+\\.\\d s$`, 'm'));
    }
    const second = await checkout.run(['quickstart']);
    expect(second).toEqual({ status: 0, signal: null, stdout: '[]\n', stderr: '' });
    expect(checkout.builds()).toBe('start\nend\n');
  });

  test('BOOT-4: the status of the verb is the status', async () => {
    const { status } = await checkout.run(['quickstart'], { env: { VERB_STATUS: '7' } });
    expect(status).toBe(7);
  });

  test('a changed source builds again, and only that', async () => {
    checkout.put('packages/a/src/index.ts', 'export const one = 1;\n');
    const { stderr } = await checkout.run(['build']);
    expect(stderr).toMatch(/^building TypeScript …\nbuilding TypeScript: \d+\.\d s\n$/);
  });

  test('no compiler: one sentence, the verb runs, and the next start is silent', async () => {
    const first = await checkout.run(['quickstart'], NO_COMPILER);
    expect([first.status, first.stdout]).toEqual([0, '[]\n']);
    expect(first.stderr.trimEnd().split('\n').at(-1)).toBe(FALLBACK);
    const second = await checkout.run(['quickstart'], NO_COMPILER);
    expect(second.stderr).toBe('');
    const third = await checkout.run(['quickstart']);
    expect(third.stderr).toContain('building the native addon: ');
    expect(checkout.exists('native/build/Release/ganglion_native.node')).toBe(true);
  });

  test('a build that fails ends with its log and one sentence, and runs nothing', async () => {
    checkout.put('packages/a/src/index.ts', 'syntax error\n');
    const { status, stdout, stderr } = await checkout.run(['quickstart']);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('error TS1005');
    const sentence = 'the TypeScript build failed (log: .bootstrap/build.log)';
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(sentence);
  });

  test('BOOT-2: of two starts at once one prepares and the other waits', async () => {
    holdBuild();
    const first = checkout.start(['build']);
    await first.waitForOutput('stderr', 'building TypeScript …');
    const second = checkout.start(['build']);
    await second.waitForOutput('stderr', 'waiting for process');
    checkout.letGo();
    const results = await Promise.all([first.ended, second.ended]);
    expect(results.map(({ status }) => status)).toEqual([0, 0]);
    expect(checkout.builds()).toBe('start\nend\n');
  });

  test('BOOT-3: a start killed in mid-build loses its lock; the build is done again', async () => {
    holdBuild();
    const killed = checkout.start(['build']);
    await killed.waitForOutput('stderr', 'building TypeScript …');
    killed.child.kill('SIGKILL');
    await killed.ended;
    const next = checkout.start(['build']);
    await next.waitForOutput('stderr', 'waiting for process');
    checkout.letGo();
    const { status, stderr } = await next.ended;
    expect([status, stderr.includes('building TypeScript: ')]).toEqual([0, true]);
    expect(checkout.builds()).toBe('start\nend\nstart\nend\n');
  });

  test('an interrupted build ends its children and leaves no lock', async () => {
    holdBuild();
    const interrupted = checkout.start(['build']);
    await interrupted.waitForOutput('stderr', 'building TypeScript …');
    interrupted.child.kill('SIGTERM');
    const { status, stderr } = await interrupted.ended;
    expect(status).toBe(130);
    expect(stderr).toContain('interrupted while building TypeScript');
    expect(checkout.exists('.bootstrap/lock')).toBe(false);
    checkout.letGo();
    expect((await checkout.run(['build'])).status).toBe(0);
    expect(checkout.builds()).toMatch(/^(start\n)?start\nend\n$/);
  });

  test('a signal reaches the verb', async () => {
    const staying = checkout.start(['quickstart', '--stay']);
    await staying.waitForOutput('stdout', '["--stay"]');
    staying.child.kill('SIGTERM');
    expect((await staying.ended).status).toBe(33);
  });

  test('an unknown verb and an old Node are refused in one sentence', async () => {
    const unknown = await checkout.run(['quickstrat']);
    const verbs = 'quickstart, test, doctor, bench, verify, build';
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toBe(`unknown verb quickstrat: choose one of ${verbs}\n`);
    const code = "Object.defineProperty(process, 'versions', { value: { node: '18.20.0' } });";
    const old = ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
    checkout.put('packages/a/src/index.ts', 'export const changed = 1;\n');
    const { status, stderr } = await checkout.run(['build'], { node: old });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^Node 18\.20\.0 is too old: Ganglion needs 20\.17 or later; .*\n$/);
    expect(checkout.builds()).toBe(prepared.builds());
  });
});
