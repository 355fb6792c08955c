// The small JSON files in a server's folder by which processes find each other: `owner.json` (who is starting it) and `server.json` (who supervises it, and where it listens).

import { readFileSync } from 'node:fs';

export interface ServerRecord {
  readonly host: string;
  /** The process that answers for the folder: the one that starts it, later the supervisor. */
  readonly pid: number;
}

/** What the supervisor writes once the server accepts connections. `token` opens its control port; the file is readable by its owner only. */
export interface RunningServerRecord extends ServerRecord {
  readonly port: number;
  readonly controlPort: number;
  readonly token: string;
}

/** The record in `path`; undefined when there is none or it was cut short by a crash. */
export function readServerRecord<Expected extends ServerRecord = ServerRecord>(path: string): Expected | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Expected;
  } catch {
    return undefined;
  }
}
