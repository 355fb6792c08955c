// The cancel request: a connection of its own, encrypted as the first one was, that carries the key of the session and is closed by the server.
// The server has signalled the session by the time it closes, so a statement that is sent after that is never hit by an earlier request.
// Source: https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS

import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { ConnectionError } from '../error/database-error.ts';
import { DriverConnection } from './driver-connection.ts';

/** Where a session is, and the key that cancels what it runs. */
export interface CancelTarget {
  /** The host as it was configured, a directory for a socket of the file system. */
  readonly host: string;
  readonly port: number;
  /** The address the session is really connected to: a name may stand for several servers. */
  readonly address: string | undefined;
  readonly ssl: boolean | ConnectionOptions;
  readonly sslNegotiation: 'postgres' | 'direct';
  readonly processId: number;
  readonly secretKey: number;
}

/** A server that neither answers nor closes is not waited for longer. */
const DELIVERY_TIMEOUT_MS = 10_000;

/** Delivers one cancel request. Errors: `ConnectionError` when it could not be delivered. */
export function cancelRequest(target: CancelTarget): Promise<void> {
  const connection = new DriverConnection({ ssl: tlsOptions(target), sslNegotiation: target.sslNegotiation });
  return new Promise((resolve, reject) => {
    let failure: Error | null = null;
    const timer = setTimeout(() => connection.stream.destroy(new Error('timeout')), DELIVERY_TIMEOUT_MS);
    const send = (): void => connection.cancel(target.processId, target.secretKey);
    connection.on('connect', () => {
      if (target.ssl === false) send();
      else if (target.sslNegotiation === 'postgres') connection.requestSsl();
    });
    connection.on('sslconnect', send);
    connection.on('error', (error: Error) => {
      failure ??= error;
    });
    connection.on('end', () => {
      clearTimeout(timer);
      // The server answers a cancel request by closing, which may arrive as a reset.
      if (failure === null || (failure as NodeJS.ErrnoException).code === 'ECONNRESET') resolve();
      else reject(new ConnectionError('The cancel request could not be delivered.', {}, { cause: failure }));
    });
    if (target.host.startsWith('/')) connection.connect(`${target.host}/.s.PGSQL.${target.port}`);
    else connection.connect(target.port, target.address ?? target.host);
  });
}

/** The certificate is checked against the name, though the connection goes to the address. */
function tlsOptions({ ssl, host }: CancelTarget): boolean | ConnectionOptions {
  if (ssl === false) return false;
  const options: ConnectionOptions = ssl === true ? {} : { ...ssl };
  // The driver hides the key from enumeration, and with it from the copy.
  if (ssl !== true && ssl.key !== undefined) options.key = ssl.key;
  if (isIP(host) === 0) options.servername ??= host;
  return options;
}
