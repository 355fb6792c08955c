// @djogi/core/heer: the id generators in a database: what installs them, who may use them, and which node a connection is.

export { HEER_BOOTSTRAP_SQL_V1, heerBootstrapSql, type HeerInstallOptions } from './id/bootstrap-sql.ts';
export { heerGrantsSql } from './id/grants.ts';
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
export { DEFAULT_EPOCH_MS } from './id/epoch.ts';
