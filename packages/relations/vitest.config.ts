import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vitest/config';
import shared from '../../vitest.shared.ts';

// One server for all files of the run. By its path, since the name of the entry leads to a build that a fresh checkout does not have.
export default mergeConfig(shared, {
  // Where the global setup is loaded.
  environments: { __vitest__: { resolve: { conditions: ['@djogi/source'] } } },
  test: { globalSetup: [fileURLToPath(new URL('../testing/src/vitest.ts', import.meta.url))] },
});
