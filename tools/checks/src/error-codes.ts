// Every error code that a package can throw has a row in docs/errors.md, and every row a code. Codes are read from the sources: the first argument of an
// error's constructor, the unions of codes beside the error classes, and the rows of tables that name one.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publishedPackages, shown, typescriptFiles, type Problem, type Workspace } from './workspace.ts';

const PAGE = 'docs/errors.md';
const CODE = "'[A-Z][A-Z0-9_]*'";
const PATTERNS = [
  // super('CODE', …) and new SomeError('CODE', …), also where a part of the code is made at run time.
  /\b(?:super|new \w*Error)\(\s*('[A-Z][A-Z0-9_]*'|`[A-Z0-9_]*\$\{\w+\}[A-Z0-9_]*`)/g,
  // type SomeErrorCode = 'A' | 'B'; code: 'A' | 'B'; and code = 'A'
  new RegExp(`\\b(?:code\\??:|code =|type \\w+ErrorCode =)\\s*\\|?\\s*(${CODE}(?:\\s*\\|\\s*${CODE})*)`, 'g'),
];

/** Codes by the place of their first appearance (`path:line`). A code with a part made at run time has `*` for it. */
export function errorCodes(workspace: Workspace): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const each of publishedPackages(workspace)) {
    for (const file of typescriptFiles(each.folder, 'src')) {
      const text = readFileSync(file, 'utf8');
      for (const pattern of PATTERNS) {
        for (const match of text.matchAll(pattern)) {
          for (const [, code = ''] of match[1]!.matchAll(/['`]([^'`]+)['`]/g)) {
            const name = code.replace(/\$\{\w+\}/, '*');
            if (!found.has(name)) found.set(name, `${shown(workspace, file)}:${text.slice(0, match.index).split('\n').length}`);
          }
        }
      }
    }
  }
  return found;
}

/** Codes without a row, and rows without a code. */
export function checkErrorCodes(workspace: Workspace): readonly Problem[] {
  const path = join(workspace.root, PAGE);
  const rows = existsSync(path) ? documentedCodes(readFileSync(path, 'utf8')) : new Map<string, number>();
  const codes = errorCodes(workspace);
  const known = [...codes.keys()].map((code) => new RegExp(`^${code.replace('*', '[A-Z]+')}$`));
  return [
    ...[...codes].flatMap(([code, where], at) =>
      [...rows.keys()].some((row) => known[at]!.test(row))
        ? []
        : [{ where, message: `The code ${code} has no row in ${PAGE}. Add one that says what happened and what to do.` }],
    ),
    ...[...rows].flatMap(([row, line]) =>
      known.some((code) => code.test(row))
        ? []
        : [{ where: `${PAGE}:${line}`, message: `No package throws ${row}. Correct the code, or take the row out.` }],
    ),
  ];
}

/** The codes in the first cells of the page's tables, with their lines. */
function documentedCodes(text: string): Map<string, number> {
  const rows = new Map<string, number>();
  text.split('\n').forEach((line, index) => {
    const [, first = ''] = /^\|([^|]*)\|/.exec(line) ?? [];
    for (const [, code = ''] of first.matchAll(/`([A-Z][A-Z0-9_]+)`/g)) rows.set(code, index + 1);
  });
  return rows;
}
