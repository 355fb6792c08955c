// Whatever the catalogs hold, read as the text the server writes for it.

import type { Codec } from '@djogi/core/extension';

const same = (text: string): string => text;

/** No binary form: a value of any type is asked for, and given, as text. */
export const catalogText: Codec<string> = Object.freeze({
  text: { encode: same, decode: same },
  literal: (value: string) => `'${value.replaceAll("'", "''")}'`,
  json: { encode: same, decode: (json: unknown) => String(json) },
});
