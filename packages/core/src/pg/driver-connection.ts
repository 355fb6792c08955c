// The part of the driver's connection class that is used here. It is exported by `pg` and has been stable for years, but its types leave these
// members out.

import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { Connection } from 'pg';

export interface DriverConnectionOptions {
  readonly ssl: boolean | ConnectionOptions;
  readonly sslNegotiation: 'postgres' | 'direct';
  readonly stream?: Socket;
  readonly keepAlive?: boolean;
  readonly keepAliveInitialDelayMillis?: number;
}

/**
 * Emits `connect` when the socket is open, `sslconnect` when TLS is set up over it, `end` when the socket is gone, `error`, and one event for each
 * message that its parser has read.
 */
export interface DriverConnection extends EventEmitter {
  /** The TLS socket once there is one. */
  readonly stream: Socket;
  connect(port: number, host: string): void;
  connect(path: string): void;
  requestSsl(): void;
  startup(parameters: Readonly<Record<string, string>>): void;
  cancel(processId: number, secretKey: number): void;
  /** Called with the stream that will carry the messages: it is to read them. */
  attachListeners(stream: EventEmitter): void;
}

export const DriverConnection = Connection as unknown as new (options: DriverConnectionOptions) => DriverConnection;
