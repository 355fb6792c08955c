// What every package's Vitest run has in common. A package's vitest.config.ts exports this, or merges what it needs on top.
import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// Workspace packages resolve to their TypeScript sources, so a test never runs against a stale build.
const conditions = ['@djogi/source', ...defaultServerConditions];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@djogi/source'] } },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A file has a process of its own: sockets, timers and bounded caches of one never reach another.
    pool: 'forks',
    // Nx runs two packages side by side (nx.json, parallel), so each takes half of the machine.
    maxWorkers: '50%',
  },
});
