/** Errors that every transport gives, so that all of them say the same. */
import { RuntimeError } from '../errors.js';
import type { TransportLimits } from './options.js';

export function connectionClosed(remote: string): RuntimeError {
  return new RuntimeError('RUNTIME_CONNECTION_CLOSED', `the connection to ${remote} is closed`);
}

/** For the end that received the frame. */
export function frameArrivedTooLarge(remote: string, limit: number): RuntimeError {
  const message = `${remote} sent a frame over the limit of ${limit} bytes`;
  return new RuntimeError('RUNTIME_FRAME_TOO_LARGE', message);
}

/** For the end that sent the frame. */
export function frameRefusedTooLarge(remote: string): RuntimeError {
  const message = `${remote} refused a frame as over its limit`;
  return new RuntimeError('RUNTIME_FRAME_TOO_LARGE', message);
}

/**
 * Checks a frame before it is taken.
 * @throws RuntimeError RUNTIME_FRAME_TOO_LARGE or RUNTIME_SEND_BUFFER_FULL
 */
export function requireRoom(
  frame: Uint8Array,
  bufferedBytes: number,
  limits: Required<TransportLimits>,
): void {
  if (frame.length > limits.frameBytesMax) {
    const message = `the frame has ${frame.length} bytes, the limit is ${limits.frameBytesMax}`;
    throw new RuntimeError('RUNTIME_FRAME_TOO_LARGE', message);
  }
  const wanted = bufferedBytes + frame.length;
  if (wanted > limits.bufferedBytesMax) {
    const message = `${wanted} bytes wait for the peer, the limit is ${limits.bufferedBytesMax}`;
    throw new RuntimeError('RUNTIME_SEND_BUFFER_FULL', message);
  }
}
