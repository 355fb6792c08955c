// Opens a physical connection: options, time limits, and the meaning of what can go wrong before there is a session.

import type { ConnectionOptions } from 'node:tls';
import { Client, type ClientConfig } from 'pg';
import type { Connection } from '../db/port.ts';
import { ConnectionError, TransactionError } from '../error/database-error.ts';
import type { DjogiError } from '../error/error.ts';
import { WireConnection } from './connection.ts';
import type { DriverConnection } from './driver-connection.ts';
import { HandshakeConnection } from './handshake.ts';
import { errorOfServer, type ServerErrorFields } from './sqlstate.ts';

/**
 * Where to connect and how.
 *
 * Shape: what neither `url` nor an option names comes from the `PG...` variables, then from the driver's defaults. `url` wins over single options.
 */
export interface ConnectOptions {
  /** `postgres://user:password@host:port/database?sslmode=...` */
  readonly url?: string | undefined;
  /** A host name or address, or the directory of a socket in the file system. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  /** A function is asked at each connection: short-lived tokens. */
  readonly password?: string | (() => string | Promise<string>) | undefined;
  readonly database?: string | undefined;
  readonly ssl?: boolean | ConnectionOptions | undefined;
  readonly applicationName?: string | undefined;
  /** Server settings for the session, sent with the startup message: `{ TimeZone: 'UTC' }`. DateStyle, IntervalStyle and client_encoding are fixed. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** How many prepared statements a connection keeps, default 256; 0 is `namedStatements: false`. */
  readonly statementCacheSize?: number | undefined;
  /** False for proxies that give each transaction another backend: statements are then parsed at each use, and rows arrive as text. Default true. */
  readonly namedStatements?: boolean | undefined;
  /** Milliseconds for all of it, name resolution and authentication included. Omitted: no limit of our own. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Receives NOTICE and WARNING of the server. Omitted: they are dropped. */
  readonly onNotice?: ((notice: ServerErrorFields) => void) | undefined;
}

export const MINIMUM_SERVER_VERSION = 18;
export const DEFAULT_STATEMENT_CACHE_SIZE = 256;

/** What values are read and written by. A session in another style would change what texts mean. */
const FIXED_SETTINGS = Object.freeze({ DateStyle: 'ISO', IntervalStyle: 'iso_8601' });

/**
 * Opens a connection and authenticates.
 *
 * Errors: `ConnectionError` (with `sqlState` when the server refused), also for a server older than 18; `ABORTED` when `signal` is aborted.
 * Cost: the round trips of TLS and of the authentication method; no statement is run.
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { signal, timeoutMs } = options;
  if (isAborted(signal)) throw aborted(signal);
  const client = new Client(driverConfig(options)) as unknown as DriverClient;
  let wire: WireConnection | undefined;
  const { host, port, ssl, sslNegotiation } = client;
  const handshake = new HandshakeConnection({
    ssl,
    sslNegotiation,
    startup: { ...options.settings, ...FIXED_SETTINGS },
    keepAliveDelayMs: 30_000,
    takeOver: (session) =>
      (wire = new WireConnection(
        session,
        { host, port, ssl, sslNegotiation },
        {
          statementCacheSize: options.namedStatements === false ? 0 : (options.statementCacheSize ?? DEFAULT_STATEMENT_CACHE_SIZE),
          onNotice: options.onNotice,
        },
      )),
  });
  client.connection = handshake;
  client.on('error', () => {}); // what ends an attempt rejects it; the driver repeats it as an event

  let isLate = false;
  const stop = (): void => {
    handshake.stream.destroy();
  };
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          isLate = true;
          stop();
        }, timeoutMs);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await client.connect();
  } catch (error) {
    stop();
    if (isAborted(signal)) throw aborted(signal);
    if (isLate) throw new ConnectionError(`No connection to ${placeOf(client)} within ${timeoutMs} ms.`, {}, { cause: error });
    throw connectFailure(error, client);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
  const tooOld = refuseOldServer(wire!.serverParameters.get('server_version') ?? '');
  if (tooOld === null) return wire!;
  wire!.destroy(tooOld);
  throw tooOld;
}

/** The error for a server that is too old, null for one that is not. `version` is the reported `server_version`. @internal */
export function refuseOldServer(version: string): ConnectionError | null {
  if (Number.parseInt(version, 10) >= MINIMUM_SERVER_VERSION) return null;
  return new ConnectionError(
    `The server is PostgreSQL ${version}. Djogi needs PostgreSQL ${MINIMUM_SERVER_VERSION} or newer: upgrade the server, or connect to another.`,
  );
}

interface DriverClient {
  readonly host: string;
  readonly port: number;
  readonly ssl: boolean | ConnectionOptions;
  readonly sslNegotiation: 'postgres' | 'direct';
  connection: DriverConnection;
  connect(): Promise<unknown>;
  on(event: 'error', listener: () => void): void;
}

function driverConfig({ url, host, port, user, password, database, ssl, applicationName }: ConnectOptions): ClientConfig {
  // The driver asks whether a key is there, so absent ones must not be.
  const config = { connectionString: url, host, port, user, password, database, ssl, application_name: applicationName };
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

const placeOf = ({ host, port }: DriverClient): string =>
  host.startsWith('/') ? `the server at ${host}` : `the server at ${host}:${port}`;

const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

function aborted(signal: AbortSignal | undefined): TransactionError {
  return new TransactionError('ABORTED', 'Connecting was aborted.', {}, { cause: signal?.reason });
}

const SQL_STATE = /^[0-9A-Z]{5}$/;

/** The driver rejects with the server's response, with an error of the system, or with one of its own. */
function connectFailure(error: unknown, client: DriverClient): DjogiError {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  if (severity !== undefined && typeof code === 'string' && SQL_STATE.test(code))
    return errorOfServer(error as ServerErrorFields, 'startup');
  const reason = typeof code === 'string' ? `: ${code}` : '';
  const hint =
    typeof code === 'string' && code.startsWith('E') && !code.startsWith('ERR_')
      ? 'Is the server running there, and does it accept connections from here?'
      : 'The cause says what was missing in the exchange with the server.';
  return new ConnectionError(`Could not connect to ${placeOf(client)}${reason}. ${hint}`, {}, { cause: error });
}
