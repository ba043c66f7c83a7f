/**
 * What ends a benchmark early. `BENCH_USAGE` and `BENCH_NOT_SUPPORTED` end the command with status
 * 2; the others end one contestant, and the command with status 1.
 */
export type BenchErrorCode =
  | 'BENCH_USAGE'
  | 'BENCH_NOT_SUPPORTED'
  | 'BENCH_CHILD_FAILED'
  | 'BENCH_REFUSED';

/** One sentence for a person, with the value and the limit. */
export class BenchError extends Error {
  readonly code: BenchErrorCode;

  constructor(code: BenchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BenchError';
    this.code = code;
  }
}
