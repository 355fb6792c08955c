// A directory of migrations for a test, and short ways to write them.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { writeMigration, type DraftSegment, type Migration, type MigrationDraft } from '../../src/index.ts';

export const step = (label: string, sql: string, effect: 'safe' | 'lossy' | 'destructive' = 'safe') => ({ label, sql, effect });
export const together = (...steps: ReturnType<typeof step>[]): DraftSegment => ({ kind: 'transactional', steps });
export const alone = (...steps: ReturnType<typeof step>[]): DraftSegment => ({ kind: 'non_transactional', steps });

/** `version` from a day of the year and a name. */
export const at = (day: number, name: string): string => `V202601${String(day).padStart(2, '0')}000000__${name}`;

export interface Project {
  readonly directory: string;
  write(version: string, up: readonly DraftSegment[], down?: readonly DraftSegment[], rest?: Partial<MigrationDraft>): Promise<Migration>;
  edit(name: string, change: (text: string) => string, app?: string): Promise<void>;
  remove(version: string): Promise<void>;
}

export async function project(): Promise<Project> {
  const directory = await mkdtemp(join(tmpdir(), 'djogi-migrations-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const path = (name: string, app = '_global_'): string => join(directory, 'main', app, name);
  return {
    directory,
    write: (version, up, down, rest = {}) => writeMigration(directory, { version, up, ...(down === undefined ? {} : { down }), ...rest }),
    edit: async (name, change, app) => writeFile(path(name, app), change(await readFile(path(name, app), 'utf8'))),
    async remove(version) {
      for (const ending of ['.sdjql', '.down.sdjql', '.plan.json']) await rm(path(`${version}${ending}`), { force: true });
    },
  };
}
