/** What every implementation of `Transport` must do, seen through the contract alone. */
import assert from 'node:assert/strict';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';

import type { Connection, Listener, Transport } from '../contract.js';
import type { ConformanceCase } from './conformance.js';

/** An implementation under test. */
export interface TransportSubject {
  /** A transport that reaches the others that this subject made. */
  create(limits: TransportSubjectLimits): Transport;
  /** An address to listen on that is free; the listener says what was bound. */
  freeAddress(): string;
  /** A well-formed address where nobody listens. */
  deadAddress(): Promise<string>;
  /** An address that no transport of this kind can have. */
  readonly malformedAddress: string;
}

/** Limits that the kit asks for. */
export interface TransportSubjectLimits {
  readonly frameBytesMax: number;
  readonly bufferedBytesMax: number;
  readonly connectionsMax: number;
}

const LIMITS: TransportSubjectLimits = {
  frameBytesMax: 262_144, bufferedBytesMax: 1_048_576, connectionsMax: 4,
};

/** One end of a connection with what it was told. */
class Peer {
  readonly frames: string[] = [];
  readonly closes: (Error | undefined)[] = [];
  #connection: Connection | undefined;
  onFrame: (frame: Uint8Array) => void = (frame) => this.#record(frame);
  onClose: (cause: Error | undefined) => void = (cause) => void this.closes.push(cause);

  get connection(): Connection {
    assert.ok(this.#connection !== undefined, 'the connection is open');
    return this.#connection;
  }

  open(connection: Connection): this {
    this.#connection = connection;
    return this;
  }

  send(text: string): void {
    this.connection.send(new TextEncoder().encode(text));
  }

  /** Resolves when the condition holds; it is checked in each turn of the event loop. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await eventLoopTurn();
  }

  async closed(): Promise<Error | undefined> {
    await this.until(() => this.closes.length > 0);
    return this.closes[0];
  }

  #record(frame: Uint8Array): void {
    assert.equal(this.closes.length, 0, 'no frame after onClose');
    this.frames.push(new TextDecoder().decode(frame));
  }
}

/** A listener, the peers that it accepted, and what must be closed at the end of a case. */
interface Scene {
  readonly listener: Listener;
  readonly accepted: Peer[];
  connect(transport?: Transport): Promise<Peer>;
}

async function setScene(
  subject: TransportSubject,
  limits: TransportSubjectLimits,
  run: (scene: Scene) => Promise<void>,
): Promise<void> {
  const accepted: Peer[] = [];
  const connected: Peer[] = [];
  const listener = await subject.create(limits).listen(subject.freeAddress(), (connection) => {
    const peer = new Peer().open(connection);
    accepted.push(peer);
    return peer;
  });
  try {
    const connect = async (transport = subject.create(limits)): Promise<Peer> => {
      const peer = new Peer();
      peer.open(await transport.connect(listener.address, peer));
      connected.push(peer);
      return peer;
    };
    await run({ listener, accepted, connect });
  } finally {
    for (const peer of connected) peer.connection.close();
    for (const peer of [...connected, ...accepted]) await peer.closed();
    await listener.close();
  }
}

type PairRun = (client: Peer, server: Peer) => Promise<void>;

function withPair(
  name: string,
  run: PairRun,
  limits: TransportSubjectLimits = LIMITS,
): ConformanceCase<TransportSubject> {
  return {
    name,
    run: (subject) => setScene(subject, limits, async ({ accepted, connect }) => {
      const client = await connect();
      await client.until(() => accepted.length === 1);
      await run(client, accepted[0] as Peer); // one was accepted
    }),
  };
}

function codeOf(cause: Error | undefined): string | undefined {
  return (cause as (Error & { code?: string }) | undefined)?.code;
}

const frameCases: readonly ConformanceCase<TransportSubject>[] = [
  withPair('TRANSPORT-1: frames arrive whole, once and in order, both ways', async (
    client, server,
  ) => {
    const sent = Array.from({ length: 500 }, (_, index) => `${index}:${'x'.repeat(index % 97)}`);
    for (const text of sent) {
      client.send(text);
      server.send(`back ${text}`);
    }
    await client.until(() => server.frames.length >= 500 && client.frames.length >= 500);
    assert.deepEqual(server.frames, sent);
    assert.deepEqual(client.frames, sent.map((text) => `back ${text}`));
  }),
  withPair('TRANSPORT-1: an empty frame is a frame', async (client, server) => {
    client.send('');
    client.send('after');
    await client.until(() => server.frames.length === 2);
    assert.deepEqual(server.frames, ['', 'after']);
  }),
  withPair('TRANSPORT-1: a frame of the largest size keeps every byte', async (client, server) => {
    const frame = Uint8Array.from({ length: LIMITS.frameBytesMax }, (_, at) => at * 31);
    let received = new Uint8Array();
    server.onFrame = (bytes) => {
      received = Uint8Array.from(bytes);
    };
    client.connection.send(frame);
    await client.until(() => received.length > 0);
    assert.ok(Buffer.from(frame).equals(received));
  }),
  withPair('TRANSPORT-1: the receiver owns the bytes of a frame', async (client, server) => {
    server.onFrame = (bytes) => {
      server.frames.push(new TextDecoder().decode(bytes));
      bytes.fill(0);
    };
    const sent = new TextEncoder().encode('sent');
    client.connection.send(sent);
    for (const text of ['one', 'two']) client.send(text);
    await client.until(() => server.frames.length === 3);
    assert.deepEqual(server.frames, ['sent', 'one', 'two']);
    assert.equal(new TextDecoder().decode(sent), 'sent');
  }),
  {
    name: 'TRANSPORT-1: a frame sent while accepting waits for the client to be told',
    run: async (subject) => {
      const peer = new Peer();
      const server = new Peer();
      const listener = await subject.create(LIMITS).listen(subject.freeAddress(), (connection) => {
        server.open(connection).send('welcome');
        return server;
      });
      const connecting = subject.create(LIMITS).connect(listener.address, peer);
      const framesAtConnect = await connecting.then(() => peer.frames.length);
      assert.equal(framesAtConnect, 0);
      await peer.until(() => peer.frames.length === 1);
      assert.deepEqual(peer.frames, ['welcome']);
      server.connection.close();
      await Promise.all([peer.closed(), server.closed()]);
      await listener.close();
    },
  },
];

const limitCases: readonly ConformanceCase<TransportSubject>[] = [
  withPair('TRANSPORT-2: a frame over the own limit is refused and the connection goes on', async (
    client, server,
  ) => {
    const tooLarge = new Uint8Array(LIMITS.frameBytesMax + 1);
    assert.throws(() => client.connection.send(tooLarge), { code: 'RUNTIME_FRAME_TOO_LARGE' });
    client.send('small');
    await client.until(() => server.frames.length === 1);
    assert.deepEqual(server.frames, ['small']);
  }),
  {
    name: 'TRANSPORT-2: a frame over the receiver\'s limit closes both ends and is not delivered',
    run: (subject) => setScene(subject, { ...LIMITS, frameBytesMax: 100 }, async (scene) => {
      const client = await scene.connect(subject.create(LIMITS));
      client.send('before');
      client.connection.send(new Uint8Array(101));
      client.send('after');
      assert.equal(codeOf(await client.closed()), 'RUNTIME_FRAME_TOO_LARGE');
      const server = scene.accepted[0] as Peer; // the client was accepted
      assert.equal(codeOf(await server.closed()), 'RUNTIME_FRAME_TOO_LARGE');
      assert.deepEqual(server.frames, ['before']);
    }),
  },
  withPair('TRANSPORT: bufferedBytes is 0 again when all was handed over', async (
    client, server,
  ) => {
    assert.equal(client.connection.bufferedBytes, 0);
    for (let count = 0; count < 3; count += 1) {
      client.connection.send(new Uint8Array(LIMITS.frameBytesMax));
    }
    await client.until(() => server.frames.length === 3);
    await client.until(() => client.connection.bufferedBytes === 0);
  }),
  withPair('TRANSPORT: what a slow peer lets wait is bounded', async (client, server) => {
    const frame = new Uint8Array(LIMITS.frameBytesMax);
    let taken = 0;
    assert.throws(() => {
      // Kernel buffers take some frames at once; far more than they can take are sent.
      for (; taken < 1_000; taken += 1) client.connection.send(frame);
    }, { code: 'RUNTIME_SEND_BUFFER_FULL' });
    assert.ok(client.connection.bufferedBytes <= LIMITS.bufferedBytesMax);
    await client.until(() => server.frames.length === taken);
    await client.until(() => client.connection.bufferedBytes === 0);
    client.send('goes on');
    await client.until(() => server.frames.at(-1) === 'goes on');
  }),
];

const closeCases: readonly ConformanceCase<TransportSubject>[] = [
  withPair('TRANSPORT-3: close delivers what was sent, then tells both ends once', async (
    client, server,
  ) => {
    client.send('one');
    client.send('two');
    client.connection.close();
    client.connection.close();
    assert.equal(await server.closed(), undefined);
    assert.equal(await client.closed(), undefined);
    server.connection.close();
    await eventLoopTurn();
    assert.deepEqual(server.frames, ['one', 'two']);
    assert.deepEqual([client.closes.length, server.closes.length], [1, 1]);
  }),
  withPair('TRANSPORT-3: both ends may close at once', async (client, server) => {
    client.connection.close();
    server.connection.close();
    assert.equal(await client.closed(), undefined);
    assert.equal(await server.closed(), undefined);
    assert.deepEqual([client.closes.length, server.closes.length], [1, 1]);
  }),
  withPair('TRANSPORT-3: after close, and after onClose, send is refused', async (
    client, server,
  ) => {
    client.connection.close();
    assert.throws(() => client.send('late'), { code: 'RUNTIME_CONNECTION_CLOSED' });
    await server.closed();
    assert.throws(() => server.send('late'), { code: 'RUNTIME_CONNECTION_CLOSED' });
  }),
  {
    name: 'TRANSPORT: a closed listener refuses, and its connections stay open',
    run: (subject) => setScene(subject, LIMITS, async ({ accepted, connect, listener }) => {
      const client = await connect();
      await listener.close();
      await assert.rejects(connect(), { code: 'RUNTIME_CONNECTION_REFUSED' });
      client.send('still');
      await client.until(() => accepted[0]?.frames.length === 1);
    }),
  },
  {
    name: 'TRANSPORT: connections over the listener\'s limit are refused',
    run: (subject) => setScene(subject, { ...LIMITS, connectionsMax: 1 }, async (scene) => {
      const client = await scene.connect();
      await assert.rejects(scene.connect(), { code: 'RUNTIME_CONNECTION_REFUSED' });
      client.send('first');
      await client.until(() => scene.accepted[0]?.frames.length === 1);
      assert.equal(scene.accepted.length, 1);
      client.connection.close();
      await Promise.all([client.closed(), scene.accepted[0]?.closed()]);
      await scene.connect();
      await client.until(() => scene.accepted.length === 2);
    }),
  },
];

const addressCases: readonly ConformanceCase<TransportSubject>[] = [
  {
    name: 'TRANSPORT: a refused connection is one clear error with the address',
    run: async (subject) => {
      const address = await subject.deadAddress();
      const peer = new Peer();
      await assert.rejects(subject.create(LIMITS).connect(address, peer), (error: Error) => {
        assert.equal(codeOf(error), 'RUNTIME_CONNECTION_REFUSED');
        assert.ok(error.message.includes(address), error.message);
        assert.equal(error.message.includes('\n'), false);
        return true;
      });
      await eventLoopTurn();
      assert.deepEqual(peer.closes, [], 'a connection that never was is not closed');
    },
  },
  {
    name: 'TRANSPORT: an address that is taken cannot be listened on',
    run: (subject) => setScene(subject, LIMITS, async ({ listener }) => {
      const again = subject.create(LIMITS).listen(listener.address, () => new Peer());
      await assert.rejects(again, { code: 'RUNTIME_TRANSPORT_ADDRESS' });
    }),
  },
  {
    name: 'TRANSPORT: a malformed address is refused',
    run: async (subject) => {
      const transport = subject.create(LIMITS);
      const refused = { code: 'RUNTIME_TRANSPORT_ADDRESS' };
      await assert.rejects(transport.listen(subject.malformedAddress, () => new Peer()), refused);
      await assert.rejects(transport.connect(subject.malformedAddress, new Peer()), refused);
    },
  },
];

/** The conformance kit of `Transport`. */
export const transportConformance: readonly ConformanceCase<TransportSubject>[] = [
  ...frameCases, ...limitCases, ...closeCases, ...addressCases,
];
