import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const compiler = fileURLToPath(import.meta.resolve('typescript/package.json')).replace('package.json', 'bin/tsc');
const workspace = fileURLToPath(new URL('../../../../', import.meta.url));

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'djogi-types-'));
  await symlink(join(workspace, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const HEAD = `import { check, f, index, model, pgEnum, pk, type Context, type ExprsOf } from '@djogi/core';
declare const ctx: Context;
export const Status = pgEnum('status', ['draft', 'published']);
export class Person extends model('people', { name: f.text(), age: f.int().nullable(), status: f.enum(Status).default('draft'), tags: f.array(f.text()), revision: f.version() }) {
  get label() { return this.name; }
}
export class Product extends model('products', { name: f.text() }, { pk: pk.custom({ name: 'sku', field: f.text() }) }) {}
declare const person: Person;
declare const product: Product;
declare const p: ExprsOf<typeof Person>;
`;

/** Compiles the text as a module beside the workspace's packages. */
async function compile(name: string, text: string, ...flags: string[]): Promise<string> {
  await writeFile(join(folder, `${name}.ts`), text);
  await writeFile(
    join(folder, `${name}.json`),
    JSON.stringify({
      extends: join(workspace, 'tsconfig.base.json'),
      compilerOptions: { noEmit: false, outDir: join(folder, 'out'), noErrorTruncation: false },
      files: [`${name}.ts`],
    }),
  );
  return new Promise((resolve) =>
    execFile(process.execPath, [compiler, '-p', join(folder, `${name}.json`), '--pretty', 'false', ...flags], (_, stdout) =>
      resolve(stdout),
    ),
  );
}

/** The first message about `statement`, without its position. */
async function message(statement: string): Promise<string> {
  const output = await compile('mistake', `${HEAD}${statement}\n`, '--noEmit');
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^.*error TS\d+: /, ''))
    .join('\n');
}

describe('what an editor shows', () => {
  test('of a declaration is its own text, and no page of internals', async () => {
    const output = await compile(
      'shown',
      `${HEAD}
export const row = await Person.get(ctx, person.id);
export const maybe = await Person.find(ctx, person.id);
export const ids = await Person.nextIds(ctx, 2);
export const made = await Person.createWithId(ctx, person.id, { name: 'x', tags: [] });
export const pair = await person.updateReturningPair(ctx);
export const { name, age, status, tags, id, revision, createdAt } = person;
export const key = product.id;
export const adult = p.age.gte(18);
export const sum = p.age.add(1);
export const low = p.name.lower();
`,
      '--declaration',
      '--emitDeclarationOnly',
      '--rootDir',
      '/',
    );
    expect(output).toBe('');
    const text = await readFile(join(folder, 'out', folder, 'shown.d.ts'), 'utf8');
    expect(text.slice(text.indexOf('export declare const Status'))).toMatchInlineSnapshot(`
      "export declare const Status: import("@djogi/core").PgEnum<"draft" | "published">;
      declare const Person_base: import("@djogi/core").ModelClass<"people", {
          name: import("@djogi/core").Field<import("@djogi/core").TextColumn>;
          age: import("@djogi/core").Field<import("@djogi/core").NullableState<import("@djogi/core").NumberColumn>>;
          status: import("@djogi/core").Field<import("@djogi/core").DefaultedState<import("@djogi/core").EnumColumn<"draft" | "published">>>;
          tags: import("@djogi/core").Field<import("@djogi/core").ArrayColumn<string>>;
          revision: import("@djogi/core").Field<import("@djogi/core").VersionColumn>;
      }, import("@djogi/core").Id<"heerIdDesc", string, "people">, unknown, true>;
      export declare class Person extends Person_base {
          get label(): string;
      }
      declare const Product_base: import("@djogi/core").ModelClass<"products", {
          name: import("@djogi/core").Field<import("@djogi/core").TextColumn>;
      }, import("@djogi/core").Id<"sku", string, "products">, {
          id: string | import("@djogi/core").Id<"sku", string, "products">;
      }, true>;
      export declare class Product extends Product_base {
      }
      export declare const row: Person;
      export declare const maybe: Person | null;
      export declare const ids: import("@djogi/core").Id<"heerIdDesc", string, "people">[];
      export declare const made: {
          row: Person;
          created: boolean;
      };
      export declare const pair: import("@djogi/core").RowPair<Person>;
      export declare const name: string, age: number | null, status: "draft" | "published", tags: string[], id: import("@djogi/core").Id<"heerIdDesc", string, "people">, revision: number, createdAt: Date;
      export declare const key: import("@djogi/core").Id<"sku", string, "products">;
      export declare const adult: import("@djogi/core").Predicate;
      export declare const sum: import("@djogi/core").NumberExpr<number, number | null>;
      export declare const low: import("@djogi/core").TextExpr<string>;
      export {};
      "
    `);
  }, 60_000);
});

describe('what the compiler says', () => {
  test.each([
    ['an id of another model', 'await Person.get(ctx, product.id);'],
    ['a missing field', `await Person.create(ctx, { name: 'x' });`],
    ['an unknown field', `await Person.create(ctx, { nmae: 'x', name: 'x', tags: [] });`],
    ['a version in a patch', 'await Person.update(ctx, person.id, { revision: 1 });'],
    ['a missing key', `await Product.create(ctx, { name: 'x' });`],
    ['an unknown label', `await Person.update(ctx, person.id, { status: 'gone' });`],
    ['a text lookup on a number', `p.age.startsWith('1');`],
    ['null where there is none', 'p.name.eq(null);'],
    ['an unknown option', `model('t', { a: f.text() }, { indexes: [] });`],
    ['an unknown field in an index', 'index(Person, m => [m.nmae]);'],
    ['a check that is no predicate', `check(Person, 'x', m => m.name);`],
  ])(
    'of %s fits a screen',
    async (_, statement) => {
      const said = await message(statement);
      expect(said.length).toBeLessThan(900);
      expect(said).toMatchSnapshot();
    },
    60_000,
  );
});
