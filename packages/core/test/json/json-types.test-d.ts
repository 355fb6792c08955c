// What a schema makes of a column's types: the contract's lines, what must not compile, and what the values are.

import type { StandardSchemaV1 } from '@standard-schema/spec';
import { z } from 'zod';
import {
  anyOf,
  coalesce,
  f,
  jsonAsNumber,
  jsonContains,
  jsonNull,
  jsonNumber,
  model,
  type Expr,
  type ExprsOf,
  type Json,
  type JsonNumber,
  type Predicate,
  type RawJson,
  type StandardSchema,
  type Subquery,
} from '../../src/index.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => undefined;

declare const engineSchema: StandardSchema<{ cylinders: number; turbo?: { boostPsi: number; in: string } }>;
const zodSchema = z.object({
  kind: z.enum(['petrol', 'diesel']),
  hot: z.boolean().default(false),
  size: z.string().transform((text) => text.length),
  tags: z.array(z.string()),
  note: z.string().nullable().optional(),
  parts: z.record(z.string(), z.object({ mm: z.number() })),
  any: z.unknown(),
  when: z.iso.date(),
});

class Post extends model('posts', {
  engine: f.jsonb(engineSchema),
  spec: f.jsonb(zodSchema).nullable(),
  list: f.jsonb(z.array(z.number())),
  score: f.jsonb(z.number()),
  raw: f.rawJson({ justification: 'sent by others, as they like' }).nullable(),
  weight: f.int(),
}) {}
declare const p: ExprsOf<typeof Post>;
declare const post: Post;
declare const numbers: Subquery<number | null>;
declare const texts: Subquery<string>;

// The value is the schema's input, and not what the schema makes of it.
same<Post['engine'], { cylinders: number; turbo?: { boostPsi: number; in: string } }>(true);
post.spec!.size satisfies string;
post.spec!.hot satisfies boolean | undefined;
same<Post['list'], number[]>(true);
same<Post['raw'], RawJson | null>(true);
// @ts-expect-error it may be null
post.spec.size;

// The contract.
p.engine.turbo.boostPsi.gte(15) satisfies Predicate;
p.engine.turbo.in.eq('k') satisfies Predicate;
p.engine.cylinders satisfies Expr<number | null>;
p.engine.turbo.boostPsi satisfies Expr<number | null>;
// @ts-expect-error not a path of the schema
p.engine.turbo.boost.gte(1);
// @ts-expect-error a number is compared with numbers
p.engine.cylinders.eq('4');
// @ts-expect-error a number has no text lookups
p.engine.cylinders.startsWith('4');
// @ts-expect-error an object has no order
p.engine.turbo.asc();
// @ts-expect-error nor equality
p.engine.turbo.eq({});

// Leaves have the lookups of their type.
p.spec.kind.in(['petrol']) satisfies Predicate;
p.spec.note.icontains('x') satisfies Predicate;
p.spec.hot.eq(true) satisfies Predicate;
p.spec.when.lt('2024-01-01') satisfies Predicate;
p.spec.parts['wheel']!.mm.between(1, 2) satisfies Predicate;
p.spec.tags.contains(['x']) satisfies Predicate;
p.spec.tags.len().gt(1) satisfies Predicate;
p.spec.any.isNull() satisfies Predicate;
p.list.contains([1]) satisfies Predicate;
p.score.gt(1) satisfies Predicate;
p.engine.cylinders.eq(p.weight) satisfies Predicate;
p.engine.cylinders.max() satisfies Expr<number | null>;
p.engine.cylinders.max().filter(p.spec.hot.eq(true)).gte(4) satisfies Predicate;
p.engine.cylinders.count() satisfies Expr<number>;
coalesce(p.engine.cylinders, 0) satisfies Expr<number>;
coalesce(p.spec.note, 'none').startsWith('n') satisfies Predicate;
p.engine.cylinders.in(numbers) satisfies Predicate;
p.engine.cylinders.gt(anyOf(numbers)) satisfies Predicate;
// @ts-expect-error values of another type
p.engine.cylinders.in(texts);
// @ts-expect-error one of the numbers may be missing
p.engine.cylinders.notIn(numbers);
// @ts-expect-error a number is compared with numbers
p.engine.cylinders.max().gt('4');
// @ts-expect-error the values of the one that is not there are of its type
coalesce(p.engine.cylinders, 'none');
// @ts-expect-error not a label of the enumeration
p.spec.kind.eq('electric');
// @ts-expect-error elements are not paths
p.spec.tags[0];
// @ts-expect-error what the schema does not describe has no lookups
p.spec.any.eq(1);
// @ts-expect-error a boolean is compared with booleans
p.spec.hot.eq('true');

jsonContains(p.engine, { turbo: { in: 'x' } }) satisfies Predicate;
jsonContains(p.spec.tags, ['x']) satisfies Predicate;
// @ts-expect-error not a part of the document
jsonContains(p.engine, { turbo: { out: 'x' } });
jsonAsNumber(p.engine.cylinders).add(1) satisfies Expr<number | null>;

// Raw documents: two-valued predicates, numbers with an order, strings without.
p.raw.path('a.b').number().gt(1n) satisfies Predicate;
p.raw.json.isType('object') satisfies Predicate;
p.raw.key('a') satisfies Expr<Json>;
p.raw.isNull() satisfies Predicate;
// @ts-expect-error a raw document has no properties
p.raw.a;
// @ts-expect-error strings have no order here
p.raw.key('a').string().gt('x');
// @ts-expect-error no such JSON type
p.raw.json.isType('integer');
// @ts-expect-error a reason is wanted
f.rawJson();

jsonNull satisfies RawJson;
jsonNumber('1') satisfies JsonNumber;
({ a: [1, null, jsonNumber(1n)] }) satisfies RawJson;
// @ts-expect-error plain null is SQL NULL
null satisfies RawJson;
// @ts-expect-error a date is no JSON
({ at: new Date() }) satisfies RawJson;

// @ts-expect-error no validator
f.jsonb({ cylinders: 'number' });
// @ts-expect-error JSON with a schema has no justification
f.jsonb(engineSchema, { justification: 'because it is so' });

// Any Standard Schema is ours, and ours is one.
declare const standard: StandardSchemaV1<{ a: string }, { a: number }>;
standard satisfies StandardSchema<{ a: string }, { a: number }>;
f.jsonb(standard).state.value satisfies { a: string };
engineSchema satisfies StandardSchemaV1;
