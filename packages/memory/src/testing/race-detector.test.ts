import { describe, expect, it } from 'vitest';
import { RaceDetector } from './race-detector.js';

type Event = readonly [thread: number, name: number, operation: string];

const [FLAG, DATA] = [0, 1];

/** The rivals that the accesses of a schedule find; `read` and `write` are plain. */
function rivalsOf(events: readonly Event[], threads = 2): number[] {
  const detector = RaceDetector.start(threads);
  return events.map(([thread, name, operation]) => {
    const plain = operation === 'read' || operation === 'write';
    const wrote = operation !== 'read' && operation !== 'load';
    return detector.record(thread, name, { plain, operation, word: name }, wrote);
  });
}

describe('RACE-1', () => {
  it.each<[string, readonly Event[], number]>([
    ['a load orders what was before the store', [
      [0, DATA, 'write'], [0, FLAG, 'store'], [1, FLAG, 'load'], [1, DATA, 'read']], -1],
    ['an exchange does too', [
      [0, DATA, 'write'], [0, FLAG, 'exchange'], [1, FLAG, 'exchange'], [1, DATA, 'write']], -1],
    ['a store does not', [
      [0, DATA, 'write'], [0, FLAG, 'store'], [1, FLAG, 'store'], [1, DATA, 'read']], 0],
    ['a plain read does not', [
      [0, DATA, 'write'], [0, FLAG, 'store'], [1, FLAG, 'read'], [1, DATA, 'read']], 0],
    ['nothing orders what came after the store', [
      [0, FLAG, 'store'], [0, DATA, 'write'], [1, FLAG, 'load'], [1, DATA, 'read']], 0],
    ['two plain reads need no order', [[0, DATA, 'read'], [1, DATA, 'read']], -1],
    ['two atomic writes need none', [[0, DATA, 'store'], [1, DATA, 'add']], -1],
    ['a plain write after an atomic read does', [[0, DATA, 'load'], [1, DATA, 'write']], 0],
  ])('%s', (_name, events, rival) => {
    expect(rivalsOf(events).at(-1)).toBe(rival);
  });

  it('a read-modify-write goes on with what the store before it released, a store ends it', () => {
    const before: Event[] = [[0, DATA, 'write'], [0, FLAG, 'store']];
    const after: Event[] = [[2, FLAG, 'load'], [2, DATA, 'read']];
    expect(rivalsOf([...before, [1, FLAG, 'add'], ...after], 3).at(-1)).toBe(-1);
    expect(rivalsOf([...before, [1, FLAG, 'store'], ...after], 3).at(-1)).toBe(0);
  });

  it('who observes the end of a thread knows all that it did', () => {
    const detector = RaceDetector.start(2);
    const write = { plain: true, operation: 'write', word: DATA };
    detector.record(0, DATA, write, true);
    const other = detector.fork();
    detector.observeEnd(1, 0);
    expect(detector.record(1, DATA, write, true)).toBe(-1);
    expect(other.record(1, DATA, write, true)).toBe(0);
  });
});
