// Writes models of twelve fields and queries on them, as many as wanted: what an application of that size asks of the compiler.

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
    project.write(name, modelsFile(numbers));
    models.push(name);
    const file = `${count}/queries-${first}.ts`;
    project.write(file, queriesFile(numbers, `./models-${first}.ts`));
    queries.push(file);
  }
  return { models, queries };
}

export const modelsFile = (numbers: readonly number[]): string => `import { f, model, pgEnum, pk } from '@djogi/core';
${numbers.map(modelDeclaration).join('')}`;

const modelDeclaration = (number: number): string => `
export const Status${number} = pgEnum('status_${number}', ['draft', 'active', 'paused', 'closed']);
export class Model${number} extends model('model_${number}', {
  name: f.text({ maxLength: 200 }).unique(),
  note: f.text().nullable(),
  quantity: f.int().default(0),
  weight: f.double(),
  isActive: f.boolean().default(true),
  price: f.decimal(12, 2),
  token: f.uuid().unique(),
  status: f.enum(Status${number}).default('draft'),
  tags: f.array(f.text()),
  seenAt: f.timestamptz().nullable(),
  total: f.bigint(),
  ownerId: f.id(pk.heerIdDesc()).index(),
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
  const first = await query(Model${number}).filter(m => m.status.eq('draft').and(m.seenAt.isNull())).first(ctx);
  first?.tags satisfies string[] | undefined;
  const shaped = await query(Model${number}).exclude(m => m.isActive).select(m => ({ name: m.name, total: m.total, seenAt: m.seenAt })).fetchAll(ctx);
  shaped[0]!.seenAt satisfies Date | null;
}
`;
