/** Operating errors as replies: what an actor refuses is told to the asker, not supervised. */
import { AppError } from '../errors.js';
import type { AppErrorCode } from '../errors.js';

/** An AppError as data. */
export interface Failure {
  readonly failure: { readonly code: AppErrorCode; readonly message: string };
}

/** What `act` returns, or its AppError as data; other errors are the actor's exit. */
export async function orFailure<T>(act: () => Promise<T>): Promise<T | Failure> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { failure: { code: error.code, message: error.message } };
  }
}

/** The answer, or its failure thrown. @throws AppError */
export function orThrow<T extends object>(answer: T): Exclude<T, Failure> {
  if (!isFailure(answer)) return answer as Exclude<T, Failure>;
  throw new AppError(answer.failure.code, answer.failure.message);
}

function isFailure(answer: object): answer is Failure {
  return 'failure' in answer;
}
