export { TestingError, type TestingErrorCode } from './error.ts';
export { embedded, startEmbedded, type EmbeddedOptions, type EmbeddedServer } from './provider/embedded.ts';
export type { DatabaseProvider, DatabaseServer } from './provider/provider.ts';
