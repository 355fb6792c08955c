// Digests of schemas, by which a header and a sidecar say what they were composed against.

import { sha256Hex } from '@djogi/core/extension';
import type { SchemaSnapshot } from '../snapshot/snapshot.ts';

/** `sha256:` and 64 hex digits. Snapshots are sorted, so equal schemas have equal digests. */
export const digestOf = (snapshot: SchemaSnapshot): string => `sha256:${sha256Hex(JSON.stringify(snapshot))}`;
