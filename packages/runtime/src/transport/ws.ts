/**
 * Transport over WebSockets: one binary message is one frame. The port is bound by a plain HTTP
 * server, which answers everything but an upgrade with 426.
 *
 * Invariant: `WsConnection.end` is the only caller of `onClose`, on the socket's one `close` event.
 */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { WebSocket, WebSocketServer } from 'ws';

import type { Connection, ConnectionHandler, Listener, Transport } from '../contract.js';
import { RuntimeError } from '../errors.js';
import { resolveWsTransportOptions } from './options.js';
import type { WsTransportOptions } from './options.js';
import {
  connectionClosed, frameArrivedTooLarge, frameRefusedTooLarge, requireRoom,
} from './refusals.js';

type Accept = (connection: Connection) => ConnectionHandler;
type Resolved = Required<WsTransportOptions>;

/** RFC 6455 section 7.4.1. */
const CLOSE = Object.freeze({ normal: 1_000, unsupported: 1_003, none: 1_005, tooLarge: 1_009 });

function errorCode(error: Error | undefined): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? '';
}

function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const plain = url !== undefined && url.pathname === '/' && url.search === '' && url.hash === '';
  if (!plain || url.protocol !== 'ws:' || url.username !== '' || url.password !== '') {
    throw new RuntimeError('RUNTIME_TRANSPORT_ADDRESS', `${address} is not ws://host:port`);
  }
  return url;
}

class WsConnection implements Connection {
  readonly remote: string;
  readonly #socket: WebSocket;
  readonly #options: Resolved;
  #isClosing = false;
  #error: Error | undefined;

  constructor(socket: WebSocket, remote: string, options: Resolved) {
    this.#socket = socket;
    this.remote = remote;
    this.#options = options;
    socket.on('error', (error) => {
      this.#error ??= error;
    });
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  attach(handler: ConnectionHandler): void {
    this.#socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (this.#error !== undefined) return;
      if (isBinary) {
        handler.onFrame(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
        return;
      }
      const message = `${this.remote} sent a text message, frames are binary`;
      this.#error = new RuntimeError('RUNTIME_FRAME_MALFORMED', message);
      this.#socket.close(CLOSE.unsupported);
    });
    this.#socket.on('close', (code: number) => handler.onClose(this.#cause(code)));
  }

  send(frame: Uint8Array): void {
    if (this.#isClosing || this.#socket.readyState !== WebSocket.OPEN) {
      throw connectionClosed(this.remote);
    }
    requireRoom(frame, this.#socket.bufferedAmount, this.#options);
    this.#socket.send(frame, { binary: true });
  }

  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#socket.close(CLOSE.normal);
  }

  #cause(code: number): Error | undefined {
    if (this.#isClosing) return undefined;
    const error = this.#error;
    if (error instanceof RuntimeError) return error;
    if (errorCode(error) === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
      return frameArrivedTooLarge(this.remote, this.#options.frameBytesMax);
    }
    if (errorCode(error).startsWith('WS_ERR_')) {
      const message = `${this.remote} broke the protocol: ${error?.message ?? ''}`;
      return new RuntimeError('RUNTIME_FRAME_MALFORMED', message, { cause: error });
    }
    if (code === CLOSE.normal || code === CLOSE.none) return undefined;
    if (code === CLOSE.tooLarge) return frameRefusedTooLarge(this.remote);
    const why = error?.message ?? `closed with code ${code}`;
    const message = `the connection to ${this.remote} was lost: ${why}`;
    return new RuntimeError('RUNTIME_CONNECTION_LOST', message, { cause: error });
  }
}

function bind(server: Server, url: URL): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `cannot listen on ${url.host}: ${cause.message}`;
      reject(new RuntimeError('RUNTIME_TRANSPORT_ADDRESS', message, { cause }));
    });
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    server.listen({ host, port: Number(url.port) }, resolve);
  });
}

class WsTransport implements Transport {
  readonly name = 'ws';
  readonly #options: Resolved;

  constructor(options: Resolved) {
    this.#options = options;
  }

  get frameBytesMax(): number {
    return this.#options.frameBytesMax;
  }

  /** Of both ends; `closeTimeout` is known to ws and not to its types. */
  #socketOptions(): { perMessageDeflate: boolean; maxPayload: number; closeTimeout: number } {
    const { frameBytesMax, closeTimeoutMs } = this.#options;
    return { perMessageDeflate: false, maxPayload: frameBytesMax, closeTimeout: closeTimeoutMs };
  }

  async listen(address: string, accept: Accept): Promise<Listener> {
    const url = parseAddress(address);
    const server = createServer((_request, response) => {
      response.writeHead(426).end();
    });
    server.maxConnections = this.#options.connectionsMax;
    const upgrade = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      ...this.#socketOptions(),
    });
    server.on('upgrade', (request, stream, head) => {
      const { remoteAddress, remotePort } = request.socket;
      upgrade.handleUpgrade(request, stream, head, (socket) => {
        const remote = `${remoteAddress ?? 'unknown'}:${remotePort ?? 0}`;
        const connection = new WsConnection(socket, remote, this.#options);
        connection.attach(accept(connection));
      });
    });
    await bind(server, url);
    const { port } = server.address() as AddressInfo; // a listening TCP server has one
    return {
      address: `ws://${url.hostname}:${port}`,
      close: async () => {
        // Its callback would wait for the open connections; listening ends at once.
        server.close();
      },
    };
  }

  connect(address: string, handler: ConnectionHandler): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(parseAddress(address), {
        ...this.#socketOptions(),
        followRedirects: false,
        handshakeTimeout: this.#options.connectTimeoutMs,
      });
      const connection = new WsConnection(socket, address, this.#options);
      const refuse = (cause: Error): void => {
        const why = cause.message === '' ? errorCode(cause) : cause.message;
        const message = `cannot connect to ${address}: ${why}`;
        reject(new RuntimeError('RUNTIME_CONNECTION_REFUSED', message, { cause }));
      };
      socket.once('error', refuse);
      socket.once('open', () => {
        socket.off('error', refuse);
        connection.attach(handler);
        // Frames that came with the handshake wait until the caller has the connection.
        socket.pause();
        setImmediate(() => socket.resume());
        resolve(connection);
      });
    });
  }
}

/**
 * A transport over WebSockets; addresses are `ws://host:port`, port 0 for any that is free.
 * @throws RuntimeError RUNTIME_OPTION_INVALID
 */
export function wsTransport(options: WsTransportOptions = {}): Transport {
  return new WsTransport(resolveWsTransportOptions(options));
}
