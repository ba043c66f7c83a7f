import { createServer, connect as connectSocket } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';

import type { Connection, ConnectionHandler, Listener } from '../contract.js';
import { wsTransport } from './ws.js';
import type { WsTransportOptions } from './options.js';

/** What one end was told, as promises. */
function observer(): ConnectionHandler & { closed: Promise<Error | undefined>; frames: number } {
  const { promise, resolve } = withResolvers<Error | undefined>();
  const observed = {
    frames: 0,
    closed: promise,
    onFrame: () => {
      observed.frames += 1;
    },
    onClose: resolve,
  };
  return observed;
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let settle: ((value: T) => void) | undefined;
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: (value) => settle?.(value) };
}

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** A listener with one observer for all that it accepts. */
async function listening(options: WsTransportOptions = {}): Promise<{
  listener: Listener;
  server: ReturnType<typeof observer>;
  accepted: Promise<Connection>;
}> {
  const server = observer();
  const { promise, resolve } = withResolvers<Connection>();
  const listener = await wsTransport(options).listen('ws://127.0.0.1:0', (connection) => {
    resolve(connection);
    return server;
  });
  cleanups.push(() => listener.close());
  return { listener, server, accepted: promise };
}

/** A TCP server that a test drives by hand. */
async function rawServer(onSocket: (socket: Socket) => void): Promise<string> {
  const server = createServer(onSocket);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => server.close());
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('wsTransport against peers that misbehave', () => {
  it('RUNTIME_FRAME_MALFORMED: closes on a text message', async () => {
    const { listener, server } = await listening();
    const stranger = new WebSocket(listener.address);
    stranger.on('open', () => stranger.send('a text'));
    const code = await new Promise((resolve) => stranger.on('close', resolve));
    expect(code).toBe(1003);
    const cause = await server.closed;
    expect(cause).toMatchObject({ code: 'RUNTIME_FRAME_MALFORMED' });
    expect(cause?.message)
      .toMatch(/^127\.0\.0\.1:\d+ sent a text message, frames are binary$/);
    expect(server.frames).toBe(0);
  });

  it('RUNTIME_FRAME_MALFORMED: closes on bytes that are no WebSocket frame', async () => {
    const { listener, server, accepted } = await listening();
    const stranger = new WebSocket(listener.address);
    stranger.on('error', () => undefined);
    await accepted;
    await new Promise((resolve) => stranger.once('open', resolve));
    const { _socket: socket } = stranger as unknown as { _socket: Socket }; // below the protocol
    socket.write(Buffer.from([0xff, 0xff, 0xff]));
    await expect(server.closed).resolves.toMatchObject({ code: 'RUNTIME_FRAME_MALFORMED' });
  });

  it('TRANSPORT-2: refuses a frame by its length, before its bytes arrive', async () => {
    const { listener, server, accepted } = await listening({ frameBytesMax: 1_000 });
    const stranger = new WebSocket(listener.address);
    stranger.on('error', () => undefined);
    await accepted;
    await new Promise((resolve) => stranger.once('open', resolve));
    const { _socket: socket } = stranger as unknown as { _socket: Socket }; // below the protocol
    // A masked binary frame that announces 2^40 bytes, and nothing after its header.
    socket.write(Buffer.from([0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3, 4]));
    await expect(server.closed).resolves.toMatchObject({ code: 'RUNTIME_FRAME_TOO_LARGE' });
  });

  it('RUNTIME_CONNECTION_LOST: tells both ends when the socket breaks', async () => {
    const { listener, server } = await listening();
    const stranger = new WebSocket(listener.address);
    await new Promise((resolve) => stranger.once('open', resolve));
    stranger.terminate();
    await expect(server.closed).resolves.toMatchObject({
      code: 'RUNTIME_CONNECTION_LOST',
      message: expect.stringMatching(/^the connection to 127\.0\.0\.1:\d+ was lost: /) as string,
    });
  });

  it('RUNTIME_CONNECTION_REFUSED: a peer that speaks no WebSocket', async () => {
    const address = await rawServer((socket) => socket.end('SSH-2.0-other\r\n'));
    const client = observer();
    await expect(wsTransport().connect(address, client)).rejects.toMatchObject({
      code: 'RUNTIME_CONNECTION_REFUSED',
    });
  });

  it('RUNTIME_CONNECTION_REFUSED: a peer that does not answer in time', async () => {
    const sockets: Socket[] = [];
    const address = await rawServer((socket) => sockets.push(socket));
    cleanups.push(() => sockets.forEach((socket) => socket.destroy()));
    const connecting = wsTransport({ connectTimeoutMs: 20 }).connect(address, observer());
    await expect(connecting).rejects.toMatchObject({
      code: 'RUNTIME_CONNECTION_REFUSED',
      message: `cannot connect to ${address}: Opening handshake has timed out`,
    });
  });

  it('TRANSPORT-3: close ends although the peer does not answer it', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    cleanups.push(() => server.close());
    server.on('connection', (socket) => socket.pause());
    await new Promise((resolve) => server.once('listening', resolve));
    const address = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = observer();
    const connection = await wsTransport({ closeTimeoutMs: 20 }).connect(address, client);
    connection.close();
    await expect(client.closed).resolves.toBe(undefined);
    for (const socket of server.clients) socket.terminate();
  });

  it('answers a request that is no upgrade with 426', async () => {
    const { listener } = await listening();
    const { port } = new URL(listener.address);
    const response = await new Promise<string>((resolve) => {
      const socket = connectSocket(Number(port), '127.0.0.1');
      socket.on('data', (data) => {
        resolve(data.toString());
        socket.destroy();
      });
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    });
    expect(response).toMatch(/^HTTP\/1\.1 426 /);
  });
});

describe('wsTransport addresses and options', () => {
  it.each([
    '', 'ws://', 'localhost:80', 'wss://127.0.0.1:0', 'ws://127.0.0.1:0/path', 'ws://a:b@c:1',
    'ws://127.0.0.1:0?q', 'ws://127.0.0.1:99999',
  ])('RUNTIME_TRANSPORT_ADDRESS: %j', async (address) => {
    const transport = wsTransport();
    await expect(transport.listen(address, observer)).rejects.toMatchObject({
      code: 'RUNTIME_TRANSPORT_ADDRESS', message: `${address} is not ws://host:port`,
    });
    await expect(transport.connect(address, observer())).rejects.toMatchObject({
      code: 'RUNTIME_TRANSPORT_ADDRESS',
    });
  });

  it('RUNTIME_TRANSPORT_ADDRESS: a host that is not of this machine', async () => {
    await expect(wsTransport().listen('ws://192.0.2.1:0', observer)).rejects.toMatchObject({
      code: 'RUNTIME_TRANSPORT_ADDRESS',
      message: expect.stringMatching(/^cannot listen on 192\.0\.2\.1:0: /) as string,
    });
  });

  it('has its limits from its options', () => {
    expect(wsTransport().frameBytesMax).toBe(16_777_216);
    expect(wsTransport({ frameBytesMax: 5 }).frameBytesMax).toBe(5);
  });

  it.each<[object, string]>([
    [{ frameBytesMax: 0 }, 'frameBytesMax is 0, must be an integer 1 to 1073741824'],
    [{ bufferedBytesMax: -1 }, 'bufferedBytesMax is -1, must be an integer 1 to 2147483647'],
    [{ connectionsMax: 65_537 }, 'connectionsMax is 65537, must be an integer 1 to 65536'],
    [{ connectTimeoutMs: 0 }, 'connectTimeoutMs is 0, must be an integer'],
    [{ closeTimeoutMs: 0.5 }, 'closeTimeoutMs is 0.5, must be an integer'],
    [{ frame: 1 }, 'ws transport: unknown option frame; known are frameBytesMax'],
  ])('RUNTIME_OPTION_INVALID: %j', (options, message) => {
    expect(() => wsTransport(options)).toThrow(message);
  });
});
