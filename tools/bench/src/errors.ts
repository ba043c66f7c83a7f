/** What ends a benchmark early. `BENCH_USAGE` and `BENCH_NOT_SUPPORTED` end with status 2, the others with 1. */
export type BenchErrorCode =
  | 'BENCH_USAGE'
  | 'BENCH_NOT_SUPPORTED'
  | 'BENCH_CHILD_FAILED'
  | 'BENCH_REFUSED'
  | 'BENCH_INCOMPLETE';

/** One sentence for a person, with the value and the limit. */
export class BenchError extends Error {
  readonly code: BenchErrorCode;

  constructor(code: BenchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BenchError';
    this.code = code;
  }
}
