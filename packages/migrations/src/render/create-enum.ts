// CREATE TYPE ... AS ENUM.

import { quoteLiteral } from '@djogi/core/extension';
import type { EnumSnapshot } from '../snapshot/snapshot.ts';
import { qualified } from './fragment.ts';

export const createEnum = (type: EnumSnapshot): string =>
  `CREATE TYPE ${qualified(type)} AS ENUM (${type.labels.map(quoteLiteral).join(', ')})`;
