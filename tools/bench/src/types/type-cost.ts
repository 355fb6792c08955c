// Measures what models, queries and single methods cost the compiler.

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TypeProject } from './compiler.ts';
import { QUERIES_A_MODEL, writeModels } from './generated-models.ts';
import { PUBLIC_METHODS, writeCalls, writeCompleteness, writeMethodModel } from './public-methods.ts';

export interface SizeCost {
  readonly models: number;
  readonly perModel: number;
  readonly perQuery: number;
  readonly instantiations: number;
  readonly checkMs: number;
  readonly memoryKb: number;
}

export interface WrongNameCost {
  readonly where: string;
  /** Instantiations of a use with a wrong name, and with a right one, first use included. */
  readonly wrong: number;
  readonly right: number;
}

export interface TypeCosts {
  readonly sizes: readonly SizeCost[];
  readonly wrongNames: readonly WrongNameCost[];
  /** Bytes of emitted declarations for each model. */
  readonly declarationBytes: number;
  /** Instantiations of one more call. */
  readonly methods: Readonly<Record<string, number>>;
}

const CALLS = 50;
const WRONG_NAME_MODELS = 20;

/** Cost: some 0.2 s for each public method and some seconds for 300 models. Errors: when generated code that is right does not compile. */
export function measureTypeCosts(folder: string, sizes: readonly number[]): TypeCosts {
  const project = new TypeProject(folder);
  return {
    sizes: sizes.map((count) => sizeCost(project, count)),
    wrongNames: wrongNameCosts(project),
    declarationBytes: declarationBytes(project),
    methods: methodCosts(project),
  };
}

/** Checks files that must compile. */
function checked(project: TypeProject, files: readonly string[]): ReturnType<TypeProject['check']> {
  const run = project.check(files);
  if (run.errors.length > 0) throw new Error(`Generated code does not compile:\n${run.errors.slice(0, 20).join('\n')}`);
  return run;
}

const BASE = `import { f, model, pgEnum, pk, type Context } from '@djogi/core';
import { query } from '@djogi/query';
import { foreignKey, hasMany } from '@djogi/relations';
declare const ctx: Context;
void [f.text(), model, pgEnum, pk.heerIdDesc(), query, foreignKey, hasMany, ctx.inTransaction];
`;

function sizeCost(project: TypeProject, count: number): SizeCost {
  const { models, queries } = writeModels(project, count);
  project.write('base.ts', BASE);
  const none = checked(project, ['base.ts']);
  const declared = checked(project, ['base.ts', ...models]);
  const used = checked(project, ['base.ts', ...models, ...queries]);
  return {
    models: count,
    perModel: (declared.instantiations - none.instantiations) / count,
    perQuery: (used.instantiations - declared.instantiations) / (count * QUERIES_A_MODEL),
    instantiations: used.instantiations,
    checkMs: used.checkMs,
    memoryKb: used.memoryKb,
  };
}

const CREATE = "{ name: 'a', weight: 1, price: '1.00', token: 't', tags: ['a'], total: 1n, ownerId: 'o' as never }";

/** One use of each of some models, right and wrong: what the compiler does to say that there is no such name. */
const USES: readonly { readonly where: string; readonly right: (model: string) => string; readonly wrong: (model: string) => string }[] = [
  {
    where: 'filter',
    right: (m) => `query(${m}).filter(m => m.quantity.gte(1))`,
    wrong: (m) => `query(${m}).filter(m => m.quantities.gte(1))`,
  },
  { where: 'orderBy', right: (m) => `query(${m}).orderBy(m => m.seenAt.asc())`, wrong: (m) => `query(${m}).orderBy(m => m.seenOn.asc())` },
  {
    where: 'select',
    right: (m) => `query(${m}).select(m => ({ a: m.seenAt }))`,
    wrong: (m) => `query(${m}).select(m => ({ a: m.seenOn }))`,
  },
  {
    where: 'lookup',
    right: (m) => `query(${m}).filter(m => m.quantity.eq(1))`,
    wrong: (m) => `query(${m}).filter(m => m.quantity.startsWith('a'))`,
  },
  {
    where: 'update',
    right: (m) => `${m}.update(ctx, id(${m}), { quantity: 1 })`,
    wrong: (m) => `${m}.update(ctx, id(${m}), { quantities: 1 })`,
  },
  { where: 'create', right: (m) => `${m}.create(ctx, ${CREATE})`, wrong: (m) => `${m}.create(ctx, ${CREATE.replace('name', 'names')})` },
  { where: 'row', right: (m) => `new ${m}().quantity`, wrong: (m) => `new ${m}().quantities` },
];

function wrongNameCosts(project: TypeProject): WrongNameCost[] {
  const { models } = writeModels(project, WRONG_NAME_MODELS);
  const names = Array.from({ length: WRONG_NAME_MODELS }, (_, number) => `Model${number}`);
  const file = (name: string, uses: (model: string) => string): string => {
    project.write(
      name,
      `import type { Context } from '@djogi/core';
import { query } from '@djogi/query';
import { ${names.join(', ')} } from './${models[0]!}';
declare const ctx: Context;
declare function id<I>(model: { readonly $id: I }): I;
void [query, ctx.inTransaction, id];
${names.map((model) => `void ${uses(model)};`).join('\n')}
`,
    );
    return name;
  };
  const none = checked(project, [file('wrong-none.ts', (model) => model)]).instantiations;
  return USES.map(({ where, right, wrong }) => {
    const good = checked(project, [file(`right-${where}.ts`, right)]).instantiations;
    const bad = project.check([file(`wrong-${where}.ts`, wrong)]);
    if (bad.errors.length !== WRONG_NAME_MODELS)
      throw new Error(`A wrong name in ${where} gave ${bad.errors.length} errors instead of ${WRONG_NAME_MODELS}.`);
    return { where, wrong: (bad.instantiations - none) / WRONG_NAME_MODELS, right: (good - none) / WRONG_NAME_MODELS };
  });
}

function declarationBytes(project: TypeProject): number {
  const { models } = writeModels(project, WRONG_NAME_MODELS);
  const out = join(project.folder, 'declarations');
  rmSync(out, { recursive: true, force: true });
  const { errors } = project.declare(models, out);
  if (errors.length > 0) throw new Error(`Declarations cannot be emitted:\n${errors.join('\n')}`);
  const bytes = models.reduce((sum, name) => sum + readFileSync(join(out, name.replace(/\.ts$/, '.d.ts'))).length, 0);
  return bytes / WRONG_NAME_MODELS;
}

function methodCosts(project: TypeProject): Record<string, number> {
  writeMethodModel(project);
  const { errors } = project.check([writeCompleteness(project)]);
  if (errors.length > 0)
    throw new Error(`A public method has no call in public-methods.ts, or has one more than there are:\n${errors.join('\n')}`);
  const none = checked(project, [writeCalls(project, 'none', 0, () => '')]).instantiations;
  return Object.fromEntries(
    PUBLIC_METHODS.map(({ name, call }) => [
      name,
      (checked(project, [writeCalls(project, name, CALLS, call)]).instantiations - none) / CALLS,
    ]),
  );
}
