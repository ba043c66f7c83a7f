import { overlay, requireInteger } from '../options.js';

/** Limits that every transport has. */
export interface TransportLimits {
  /**
   * Bytes of the largest frame that is sent or received.
   * @default 16777216
   */
  readonly frameBytesMax?: number;
  /**
   * Bytes that one connection holds for a slow peer.
   * @default 67108864
   */
  readonly bufferedBytesMax?: number;
  /**
   * Connections that one listener has open at once; more are refused.
   * @default 1024
   */
  readonly connectionsMax?: number;
}

/** Defaults of `TransportLimits`. */
export const transportDefaults: Required<TransportLimits> = Object.freeze({
  frameBytesMax: 16 * 1_024 * 1_024,
  bufferedBytesMax: 64 * 1_024 * 1_024,
  connectionsMax: 1_024,
});

/** @throws RuntimeError RUNTIME_OPTION_INVALID */
export function requireTransportLimits(limits: Required<TransportLimits>): void {
  requireInteger('frameBytesMax', limits.frameBytesMax, { min: 1, max: 2 ** 30 });
  requireInteger('bufferedBytesMax', limits.bufferedBytesMax, { min: 1, max: 2 ** 31 - 1 });
  requireInteger('connectionsMax', limits.connectionsMax, { min: 1, max: 65_536 });
}

/** @throws RuntimeError RUNTIME_OPTION_INVALID */
export function resolveTransportLimits(options: TransportLimits): Required<TransportLimits> {
  const resolved = overlay('transport', transportDefaults, options);
  requireTransportLimits(resolved);
  return resolved;
}

/** How the WebSocket transport is made. */
export interface WsTransportOptions extends TransportLimits {
  /**
   * Time for a peer to accept.
   * @default 10000
   */
  readonly connectTimeoutMs?: number;
  /**
   * Time for a peer to answer a close, after which the socket is destroyed.
   * @default 5000
   */
  readonly closeTimeoutMs?: number;
}

/** Defaults of `WsTransportOptions`. */
export const wsTransportDefaults: Required<WsTransportOptions> = Object.freeze({
  ...transportDefaults,
  connectTimeoutMs: 10_000,
  closeTimeoutMs: 5_000,
});

/** @throws RuntimeError RUNTIME_OPTION_INVALID */
export function resolveWsTransportOptions(
  options: WsTransportOptions,
): Required<WsTransportOptions> {
  const resolved = overlay('ws transport', wsTransportDefaults, options);
  requireTransportLimits(resolved);
  requireInteger('connectTimeoutMs', resolved.connectTimeoutMs, { min: 1, max: 2 ** 31 - 1 });
  requireInteger('closeTimeoutMs', resolved.closeTimeoutMs, { min: 1, max: 2 ** 31 - 1 });
  return resolved;
}
