// The models that the JSON tests share: the contract's engine, and raw documents.

import { z } from 'zod';
import { f, model, pk } from '../../src/index.ts';

export const engineSchema = z
  .object({
    cylinders: z.number().int(),
    horsepower: z.number().min(0).max(2000).optional(),
    label: z.string().nullable().optional(),
    tags: z.array(z.string()).optional(),
    turbo: z
      .object({ boostPsi: z.number(), manufacturer: z.string().min(1), in: z.string().optional(), isNull: z.boolean().optional() })
      .optional(),
    items: z.array(z.object({ qty: z.number().int() })).optional(),
  })
  .loose();

/** The same documents without the index signature that `.loose()` gives to the type, so that typos are type errors. */
export type Engine = {
  cylinders: number;
  horsepower?: number;
  label?: string | null;
  tags?: string[];
  items?: { qty: number }[];
  turbo?: { boostPsi: number; manufacturer: string; in?: string; isNull?: boolean };
};

export class Car extends model(
  'cars',
  {
    name: f.text(),
    engine: f.jsonb<Engine>(engineSchema as never),
    extra: f.jsonb(z.record(z.string(), z.unknown())).nullable(),
    payload: f.rawJson({ justification: 'whatever the dealer sends along' }).nullable(),
  },
  { pk: pk.serial() },
) {}
