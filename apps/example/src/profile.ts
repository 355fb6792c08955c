// What the countries package knows of a country and no column has. The schema names what the questions ask about; all other keys of a document are kept as they came.

import { z } from 'zod';

const named = z.object({ common: z.string(), official: z.string() });
const demonym = z.object({ f: z.string(), m: z.string() });

export const profileSchema = z.object({
  translations: z.object({ deu: named, fra: named, jpn: named, spa: named }).partial(),
  currencies: z.record(z.string(), z.object({ name: z.string(), symbol: z.string() })),
  demonyms: z.object({ eng: demonym, fra: demonym }).partial(),
  /** Where telephone numbers begin: `+4`, and `9` after it. */
  idd: z.object({ root: z.string(), suffixes: z.array(z.string()) }),
  tld: z.array(z.string()),
  unRegionalGroup: z.string(),
});
