// The identifiers inside a piece of SQL text: to see what an expression may depend on, and what it says once something it names has another name.
// This is a scanner of tokens, no parser. It is used where being too careful costs an extra statement and never where it decides what a text means.

import { printedIdentifier } from './qualified-name.ts';

/** Strings, dollar quotes and comments, which hold no names; then quoted and bare identifiers. */
const TOKEN =
  /[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\/|"((?:[^"]|"")+)"|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)/g;

/** The names in `sql`, as Postgres reads them: bare ones in lower case. Key words and functions are among them. */
export function namesIn(sql: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [, , quoted, bare] of sql.matchAll(TOKEN)) {
    if (quoted !== undefined) names.add(quoted.replaceAll('""', '"'));
    else if (bare !== undefined) names.add(bare.toLowerCase());
  }
  return names;
}

/** `sql` with the names of `renamed` replaced, spelled as Postgres prints them. A bare name in front of a parenthesis is a function and stays. */
export function withNames(sql: string, renamed: ReadonlyMap<string, string>): string {
  if (renamed.size === 0) return sql;
  return sql.replaceAll(TOKEN, (token, _tag, quoted: string | undefined, bare: string | undefined, offset: number) => {
    const name = quoted?.replaceAll('""', '"') ?? bare?.toLowerCase();
    const next = name === undefined ? undefined : renamed.get(name);
    if (next === undefined) return token;
    if (bare !== undefined && /^\s*\(/.test(sql.slice(offset + token.length))) return token;
    // A declared text quotes its names always, a deparsed one only where it must: the new name is spelled like the old one where that can be told.
    return quoted !== undefined && printedIdentifier(name!) !== token ? `"${next.replaceAll('"', '""')}"` : printedIdentifier(next);
  });
}
