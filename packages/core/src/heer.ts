// @djogi/core/heer: the id generators in a database: what installs them, who may use them, and which node a connection is.

export {
  HEER_VERSION,
  heerAllocatorSql,
  heerBootstraps,
  heerBootstrapSql,
  type HeerAllocator,
  type HeerBootstrap,
  type HeerInstallOptions,
  type HeerSqlOptions,
} from './id/bootstrap-sql.ts';
export { HEER_BOOTSTRAP_SQL_V1 } from './id/bootstrap-sql-v1.ts';
export { HEER_BOOTSTRAP_SQL_V2 } from './id/bootstrap-sql-v2.ts';
export { heerGrantsSql, type HeerGrantOptions } from './id/grants.ts';
export { BIND_HEER_NODE_SQL, heerNodeFromEnv, heerNodeSettings, type HeerNode } from './id/node-binding.ts';
export {
  deactivateNode,
  fetchEpoch,
  fetchNode,
  installHeer,
  registerNode,
  seedDefaultNode,
  type HeerNodeRegistration,
  type HeerSchemaOption,
  type RegisteredNode,
} from './db/heer-node.ts';
export {
  checkHeer,
  fetchInstallation,
  useAllocator,
  type HeerCheckOptions,
  type HeerInstallation,
  type HeerProblem,
} from './db/heer-installation.ts';
export { DEFAULT_EPOCH_MS } from './id/epoch.ts';
