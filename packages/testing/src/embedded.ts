// The entry without Vitest: a server of one's own, for applications and scripts.

export { embedded, startEmbedded, type EmbeddedOptions, type EmbeddedServer } from './provider/embedded.ts';
export type { DatabaseProvider, DatabaseServer } from './provider/provider.ts';
export { TestingError, type TestingErrorCode } from './error/testing-error.ts';
