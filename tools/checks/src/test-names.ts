// The names of the tests in test sources, read without running them. A name that is made at run time is kept with the literals of its file, which is where
// the words come from that fill its gaps.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';
import { typescriptFiles, type Workspace } from './workspace.ts';

/** A name with `${…}`, `%s` or `$key` in it: what it looks like when the gaps are filled, and what may fill them. */
export interface MadeName {
  /** As the source writes it. */
  readonly template: string;
  /** The filled name; each gap is a group. */
  readonly filled: RegExp;
  /** Whether a text stands in the file of the test, other than as a title: as a literal, a key or a name. */
  isWritten(text: string): boolean;
}

/** Names that are written out, and those that are made of cases. A suite's title may stand before its tests: `a pool > refuses 0`. */
export interface TestNames {
  readonly exact: ReadonlySet<string>;
  readonly made: readonly MadeName[];
}

/** Names of all tests below the `test` folders of the workspace. */
export function readTestNames(workspace: Workspace): TestNames {
  const sources = workspace.packages.flatMap((each) =>
    typescriptFiles(join(each.folder), 'test').map((path) => ({ path, text: readFileSync(path, 'utf8') })),
  );
  // A test function may be made in one file and called in another.
  const functions = new Set(sources.flatMap(({ path, text }) => [...testFunctions(path, text)]));
  const files = sources.map(({ path, text }) => testNames(path, text, functions));
  return { exact: new Set(files.flatMap((each) => [...each.exact])), made: files.flatMap((each) => each.made) };
}

/**
 * Whether a name is that of a test. A made name counts as its source spells it (`%s is refused`), and with its gaps filled (`a proxy is refused`) where every
 * filling is written in the file of the test; a name that is nothing but gaps needs its suite before it.
 */
export function hasTest(names: TestNames, name: string): boolean {
  return names.exact.has(name) || names.made.some((each) => (name === each.template ? saysSomething(name) : isFilled(each, name)));
}

function isFilled(made: MadeName, name: string): boolean {
  const gaps = made.filled.exec(name)?.slice(1);
  return gaps !== undefined && gaps.every((each) => made.isWritten(each) || made.isWritten(unquoted(each)));
}

function saysSomething(template: string): boolean {
  return /\p{L}{2}/u.test(template.replaceAll(new RegExp(GAP, 'g'), ''));
}

/** `%j` puts a text in quotes. */
function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}

/** What is called to make a test: `test`, `it`, and what a source text names so (`const seeded = djogiTest(…)`, `const asAda = seeded.extend(…)`). */
export function testFunctions(path: string, text: string): ReadonlySet<string> {
  const functions = new Set(['test', 'it', 'djogiTest']);
  new Visitor({
    VariableDeclarator({ id, init }) {
      if (id.type === 'Identifier' && init?.type === 'CallExpression' && functions.has(rootName(init.callee) ?? '')) functions.add(id.name);
    },
  }).visit(parseSync(path, text).program);
  return functions;
}

/** Names of the calls of `test`, `it` and their kin (`test.for(…)('…')`) in one source text, with and without the suites around them. */
export function testNames(path: string, text: string, functions: ReadonlySet<string> = testFunctions(path, text)): TestNames {
  const exact = new Set<string>();
  const made: MadeName[] = [];
  const written = new Set<string>();
  const isWritten = (piece: string): boolean => written.has(piece);
  const suites: string[] = [];
  const titles = new Set<number | undefined>();
  const suiteOf = (node: Call): string | undefined => (SUITES.has(rootName(node.callee) ?? '') ? titleOf(node, text) : undefined);
  new Visitor({
    CallExpression(node) {
      const suite = suiteOf(node);
      if (suite !== undefined) suites.push(suite);
      const title = functions.has(rootName(node.callee) ?? '') ? titleOf(node, text) : undefined;
      if (title === undefined) return;
      titles.add(node.arguments[0]?.start);
      for (let from = 0; from <= suites.length; from += 1) {
        const name = [...suites.slice(from), title].join(' > ');
        if (GAP.test(name)) made.push({ template: name, filled: filledName(name), isWritten });
        else exact.add(name);
      }
    },
    'CallExpression:exit'(node) {
      if (suiteOf(node) !== undefined) suites.pop();
    },
    Literal(node) {
      if (titles.has(node.start)) return;
      written.add(String(node.value)).add(node.raw ?? '');
    },
    TemplateElement(node) {
      written.add(node.value.cooked ?? node.value.raw);
    },
    Identifier(node) {
      written.add(node.name);
    },
  }).visit(parseSync(path, text).program);
  return { exact, made };
}

const SUITES: ReadonlySet<string> = new Set(['describe', 'suite']);
const GAP = /%[sdifjo#]|\$\{[^}]*\}|\$[\w.]+/;

type Call = Parameters<NonNullable<ConstructorParameters<typeof Visitor>[0]['CallExpression']>>[0];
type Callee = Call['callee'];

/** The title of a call as the source writes it, without its quotes; what is no text of its own is a gap. */
function titleOf(node: Call, text: string): string | undefined {
  const [title, body] = node.arguments;
  if (title === undefined || body === undefined) return undefined;
  if (title.type === 'Literal') return typeof title.value === 'string' ? title.value : undefined;
  if (title.type === 'TemplateLiteral') return text.slice(title.start + 1, title.end - 1);
  return title.type === 'Identifier' || title.type === 'MemberExpression' ? `\${${text.slice(title.start, title.end)}}` : undefined;
}

function rootName(callee: Callee): string | undefined {
  if (callee.type === 'Identifier') return callee.name;
  if (callee.type === 'MemberExpression') return rootName(callee.object);
  if (callee.type === 'CallExpression') return rootName(callee.callee);
  if (callee.type === 'TaggedTemplateExpression') return rootName(callee.tag);
  return undefined;
}

function filledName(template: string): RegExp {
  const parts = template.split(new RegExp(GAP, 'g')).map((part) => RegExp.escape(part));
  return new RegExp(`^${parts.join('(.+)')}$`);
}
