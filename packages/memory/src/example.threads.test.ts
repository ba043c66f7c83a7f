import { describe, expect, it } from 'vitest';
import { NUMBERS } from './fixtures/example-queue.js';

const EXAMPLE = new URL('../dist/fixtures/example-sum.js', import.meta.url);

describe('the README\'s example', () => {
  it('adds up what two threads queue', async () => {
    const { sumOfThreads } = await import(EXAMPLE.href) as { sumOfThreads(): Promise<number> };
    expect(await sumOfThreads()).toBe(NUMBERS * (NUMBERS + 1));
  });
});
