import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vitest/config';
import shared from '../../../../vitest.shared.ts';

const globalSetup = process.env['STORY_SETUP'] === 'global' ? [fileURLToPath(new URL('../../src/vitest.ts', import.meta.url))] : [];

export default mergeConfig(shared, {
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Where a global setup is loaded.
  environments: { __vitest__: { resolve: { conditions: ['@djogi/source'] } } },
  test: { include: ['*.story.ts'], globalSetup, pool: process.env['STORY_POOL'] ?? 'forks', maxWorkers: 2, retry: 0 },
});
