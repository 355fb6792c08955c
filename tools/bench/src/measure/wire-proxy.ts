// A relay between a client and the server that counts what passes. It sees every library from outside and in the same way, whatever it counts itself.

import { createServer, connect, type Socket } from 'node:net';

export interface WireCounts {
  /**
   * Times that a client spoke after the server had: what the network's latency is multiplied with. Statements that travel together are one turn, however
   * many they are.
   */
  readonly turns: number;
  readonly bytesToServer: number;
  readonly bytesToClient: number;
}

export interface WireProxy {
  /** `url` with the relay in the place of the server. */
  readonly url: string;
  /** What has passed since the last call. */
  take(): WireCounts;
  close(): Promise<void>;
}

/** Listens on a free port of the loopback interface. */
export async function startWireProxy(url: string): Promise<WireProxy> {
  const target = new URL(url);
  const counts = { turns: 0, bytesToServer: 0, bytesToClient: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
    client.setNoDelay(true);
    let serverSpokeLast = true;
    client.on('data', (bytes) => {
      if (serverSpokeLast) counts.turns++;
      serverSpokeLast = false;
      counts.bytesToServer += bytes.length;
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      serverSpokeLast = true;
      counts.bytesToClient += bytes.length;
      client.write(bytes);
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.end();
      });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const relayed = new URL(url);
  relayed.port = String((server.address() as { port: number }).port);
  return {
    url: relayed.href,
    take() {
      const taken = { ...counts };
      counts.turns = counts.bytesToServer = counts.bytesToClient = 0;
      return taken;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
