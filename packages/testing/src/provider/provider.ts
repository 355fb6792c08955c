// What the harness asks of a source of PostgreSQL servers.

export interface DatabaseServer extends AsyncDisposable {
  /** Connects with the right to create databases and roles. */
  readonly url: string;
  /** Ends the use of the server. Idempotent. */
  stop(): Promise<void>;
}

export interface DatabaseProvider {
  readonly name: string;
  start(): Promise<DatabaseServer>;
}
