// The names of the tests in test sources, read without running them. A name that is made at run time is kept as a pattern.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';
import { typescriptFiles, type Workspace } from './workspace.ts';

/** Names that are written out, and patterns for those with `${…}`, `%s` or `$key` in them. */
export interface TestNames {
  readonly exact: ReadonlySet<string>;
  readonly patterns: readonly RegExp[];
}

/** Names of all tests below the `test` folders of the workspace. */
export function readTestNames(workspace: Workspace): TestNames {
  const titles = workspace.packages.flatMap((each) =>
    typescriptFiles(join(each.folder), 'test').flatMap((file) => testTitles(file, readFileSync(file, 'utf8'))),
  );
  return { exact: new Set(titles.filter((each) => typeof each === 'string')), patterns: titles.filter((each) => typeof each !== 'string') };
}

export function hasTest(names: TestNames, name: string): boolean {
  return names.exact.has(name) || names.patterns.some((each) => each.test(name));
}

/** Titles of the calls of `test`, `it` and their kin (`test.for(…)('…')`) in one source text. */
export function testTitles(path: string, text: string): readonly (string | RegExp)[] {
  const titles: (string | RegExp)[] = [];
  new Visitor({
    CallExpression(node) {
      const [title] = node.arguments;
      const root = rootName(node.callee);
      if (title === undefined || (root !== 'test' && root !== 'it')) return;
      if (title.type === 'Literal' && typeof title.value === 'string') titles.push(titleOf([title.value]));
      if (title.type === 'TemplateLiteral') titles.push(titleOf(title.quasis.map((each) => each.value.cooked ?? each.value.raw)));
    },
  }).visit(parseSync(path, text).program);
  return titles;
}

type Callee = Parameters<NonNullable<ConstructorParameters<typeof Visitor>[0]['CallExpression']>>[0]['callee'];

function rootName(callee: Callee): string | undefined {
  if (callee.type === 'Identifier') return callee.name;
  if (callee.type === 'MemberExpression') return rootName(callee.object);
  if (callee.type === 'CallExpression') return rootName(callee.callee);
  if (callee.type === 'TaggedTemplateExpression') return rootName(callee.tag);
  return undefined;
}

function titleOf(pieces: readonly string[]): string | RegExp {
  const variable = /%[sdifjo#]|\$[\w.]+/;
  if (pieces.length === 1 && !variable.test(pieces[0] ?? '')) return pieces[0] ?? '';
  const escaped = pieces.map((piece) =>
    piece
      .split(new RegExp(variable, 'g'))
      .map((part) => RegExp.escape(part))
      .join('.+'),
  );
  return new RegExp(`^${escaped.join('.+')}$`);
}
