// Writes models of twelve fields, three of them relations, and queries on them, as many as wanted: what an application of that size asks of the compiler.

import type { TypeProject } from './compiler.ts';

const MODELS_A_FILE = 20;
export const QUERIES_A_MODEL = 3;

export interface GeneratedModels {
  readonly models: readonly string[];
  readonly queries: readonly string[];
}

/** Writes `count` models, and files with three queries on each. */
export function writeModels(project: TypeProject, count: number): GeneratedModels {
  const models: string[] = [];
  const queries: string[] = [];
  for (let first = 0; first < count; first += MODELS_A_FILE) {
    const numbers = Array.from({ length: Math.min(MODELS_A_FILE, count - first) }, (_, at) => first + at);
    const name = `${count}/models-${first}.ts`;
    project.write(name, modelsFile(numbers, count));
    models.push(name);
    const file = `${count}/queries-${first}.ts`;
    project.write(file, queriesFile(numbers, `./models-${first}.ts`));
    queries.push(file);
  }
  return { models, queries };
}

/** The file of a model, as one in the same folder imports it. */
const fileOf = (number: number): string => `./models-${number - (number % MODELS_A_FILE)}.ts`;

/** A model in another file, and for the last file one in the first: the files refer to each other in a cycle. Of a single file, a model of its own. */
const otherOf = (number: number, count: number): number => (number + MODELS_A_FILE) % count;

export function modelsFile(numbers: readonly number[], count: number): string {
  const imported = new Map<string, number[]>();
  for (const number of numbers) {
    const other = otherOf(number, count);
    if (!numbers.includes(other)) imported.set(fileOf(other), [...(imported.get(fileOf(other)) ?? []), other]);
    // The rows of the model that refers to this one.
    const back = backOf(number, count);
    if (!numbers.includes(back)) imported.set(fileOf(back), [...(imported.get(fileOf(back)) ?? []), back]);
  }
  const imports = [...imported].map(
    ([file, models]) => `import { ${[...new Set(models)].map((number) => `Model${number}`).join(', ')} } from '${file}';\n`,
  );
  return `import { f, model, pgEnum } from '@djogi/core';
import { foreignKey, hasMany } from '@djogi/relations';
${imports.join('')}${numbers.map((number) => modelDeclaration(number, otherOf(number, count), backOf(number, count))).join('')}`;
}

const backOf = (number: number, count: number): number => (number - (MODELS_A_FILE % count) + count) % count;

const modelDeclaration = (number: number, other: number, back: number): string => `
export const Status${number} = pgEnum('status_${number}', ['draft', 'active', 'paused', 'closed']);
export class Model${number} extends model('model_${number}', {
  name: f.text({ maxLength: 200 }).unique(),
  quantity: f.int().default(0),
  weight: f.double(),
  price: f.decimal(12, 2),
  token: f.uuid().unique(),
  status: f.enum(Status${number}).default('draft'),
  tags: f.array(f.text()),
  seenAt: f.timestamptz().nullable(),
  total: f.bigint(),
  get owner() { return foreignKey(Model${other}); },
  get parent() { return foreignKey(Model${number}, { onDelete: 'setNull' }).nullable(); },
  get owned() { return hasMany(Model${back}, 'owner'); },
}) {
  get label() { return \`\${this.name} (\${this.quantity})\`; }
}
`;

const queriesFile = (numbers: readonly number[], models: string): string => `import type { Context } from '@djogi/core';
import { query } from '@djogi/query';
import { ${numbers.map((number) => `Model${number}`).join(', ')} } from '${models}';
${numbers.map(modelQueries).join('')}`;

const modelQueries = (number: number): string => `
export async function use${number}(ctx: Context): Promise<void> {
  const listed = await query(Model${number}).filter(m => m.quantity.gte(${number}), m => m.name.startsWith('a')).orderBy(m => m.createdAt.desc()).limit(10).fetchAll(ctx);
  listed[0]!.price satisfies string;
  const first = await query(Model${number}).filter(m => m.status.eq('draft').and(m.seenAt.isNull())).selectRelated('owner', 'parent').prefetch('owned').first(ctx);
  first?.owner.name satisfies string | undefined;
  const shaped = await query(Model${number}).filter(m => m.owner.to.parent.to.name.startsWith('a')).select(m => ({ name: m.name, total: m.total, owner: m.parent.to.owner.to.seenAt })).fetchAll(ctx);
  shaped[0]!.owner satisfies Date | null;
}
`;
