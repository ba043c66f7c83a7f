/**
 * Transport inside one process: the reference of what a transport means. Frames are copied when
 * they are sent and delivered in a later turn of the event loop.
 */
import type { Connection, ConnectionHandler, Listener, Transport } from '../contract.js';
import { RuntimeError } from '../errors.js';
import { resolveTransportLimits } from './options.js';
import type { TransportLimits } from './options.js';
import {
  connectionClosed, frameArrivedTooLarge, frameRefusedTooLarge, requireRoom,
} from './refusals.js';

type Accept = (connection: Connection) => ConnectionHandler;

interface Listening {
  readonly accept: Accept;
  readonly limits: Required<TransportLimits>;
  connections: number;
}

/** Where the addresses of memory transports live; transports of one network reach each other. */
export interface MemoryNetwork {
  readonly listening: Map<string, Listening>;
}

/** A network with no listeners. */
export function memoryNetwork(): MemoryNetwork {
  return { listening: new Map() };
}

/** How a memory transport is made. */
export interface MemoryTransportOptions extends TransportLimits {
  /** @default a network of its own */
  readonly network?: MemoryNetwork;
}

const ADDRESS_LENGTH_MAX = 256;

/** One end of a connection. What it sends goes to the inbox of its peer. */
class End implements Connection {
  readonly remote: string;
  readonly #limits: Required<TransportLimits>;
  readonly #inbox: Uint8Array[] = [];
  #peer: End = this;
  #handler: ConnectionHandler | undefined;
  #bufferedBytes = 0;
  #isClosing = false;
  #peerIsClosing = false;
  #isClosed = false;
  #isDraining = false;
  #onClosed: () => void = () => undefined;

  constructor(remote: string, limits: Required<TransportLimits>) {
    this.remote = remote;
    this.#limits = limits;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** Makes the two ends of one connection. */
  static pair(a: End, b: End): void {
    a.#peer = b;
    b.#peer = a;
  }

  /** Lets frames be delivered; those that came before wait for this. */
  attach(handler: ConnectionHandler, onClosed: () => void): void {
    this.#handler = handler;
    this.#onClosed = onClosed;
    this.#drainLater();
  }

  send(frame: Uint8Array): void {
    if (this.#isClosing || this.#isClosed) throw connectionClosed(this.remote);
    requireRoom(frame, this.#bufferedBytes, this.#limits);
    this.#bufferedBytes += frame.length;
    this.#peer.receive(Uint8Array.from(frame));
  }

  close(): void {
    if (this.#isClosing || this.#isClosed) return;
    this.#isClosing = true;
    this.#peer.closeAfterInbox();
  }

  receive(frame: Uint8Array): void {
    this.#inbox.push(frame);
    this.#drainLater();
  }

  closeAfterInbox(): void {
    this.#peerIsClosing = true;
    this.#drainLater();
  }

  #drainLater(): void {
    if (this.#isDraining || this.#isClosed || this.#handler === undefined) return;
    this.#isDraining = true;
    setImmediate(() => this.#drain());
  }

  /** Delivers what is there now; what arrives meanwhile waits for its own turn. */
  #drain(): void {
    this.#isDraining = false;
    for (const frame of this.#inbox.splice(0)) {
      if (this.#isClosed) return;
      this.#peer.handedOver(frame.length);
      if (frame.length > this.#limits.frameBytesMax) {
        this.#peer.end(frameRefusedTooLarge(this.#peer.remote));
        this.end(frameArrivedTooLarge(this.remote, this.#limits.frameBytesMax));
        return;
      }
      this.#handler?.onFrame(frame);
    }
    if (this.#inbox.length > 0) return this.#drainLater();
    if (!this.#peerIsClosing) return;
    this.end(undefined);
    this.#peer.closeAfterInbox();
  }

  handedOver(bytes: number): void {
    this.#bufferedBytes -= bytes;
  }

  end(cause: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#onClosed();
    this.#handler?.onClose(cause);
  }
}

class MemoryTransport implements Transport {
  readonly name = 'memory';
  readonly #limits: Required<TransportLimits>;
  readonly #network: MemoryNetwork;
  #ends = 0;

  constructor(limits: Required<TransportLimits>, network: MemoryNetwork) {
    this.#limits = limits;
    this.#network = network;
  }

  get frameBytesMax(): number {
    return this.#limits.frameBytesMax;
  }

  async listen(address: string, accept: Accept): Promise<Listener> {
    this.#requireAddress(address);
    const { listening } = this.#network;
    if (listening.has(address)) {
      throw new RuntimeError('RUNTIME_TRANSPORT_ADDRESS', `${address} is taken`);
    }
    listening.set(address, { accept, limits: this.#limits, connections: 0 });
    return {
      address,
      close: async () => {
        listening.delete(address);
      },
    };
  }

  async connect(address: string, handler: ConnectionHandler): Promise<Connection> {
    this.#requireAddress(address);
    const target = this.#network.listening.get(address);
    if (target === undefined || target.connections >= target.limits.connectionsMax) {
      const why = target === undefined ? 'nobody listens' : 'it has its limit of connections';
      throw new RuntimeError('RUNTIME_CONNECTION_REFUSED', `cannot connect to ${address}: ${why}`);
    }
    this.#ends += 1;
    const client = new End(address, this.#limits);
    const server = new End(`memory client ${this.#ends}`, target.limits);
    End.pair(client, server);
    target.connections += 1;
    server.attach(target.accept(server), () => {
      target.connections -= 1;
    });
    client.attach(handler, () => undefined);
    return client;
  }

  #requireAddress(address: string): void {
    if (address.length > 0 && address.length <= ADDRESS_LENGTH_MAX) return;
    const message = `the address has ${address.length} characters, `
      + `must have 1 to ${ADDRESS_LENGTH_MAX}`;
    throw new RuntimeError('RUNTIME_TRANSPORT_ADDRESS', message);
  }
}

/**
 * A transport inside this process.
 * @throws RuntimeError RUNTIME_OPTION_INVALID
 */
export function memoryTransport(options: MemoryTransportOptions = {}): Transport {
  const { network = memoryNetwork(), ...limits } = options;
  return new MemoryTransport(resolveTransportLimits(limits), network);
}
