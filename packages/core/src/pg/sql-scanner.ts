// Finds where the statements of a raw SQL text begin and end, without understanding them: a scanner over characters that knows quotes, comments,
// dollar quotes and SQL function bodies. Owns no judgement about statements; see `raw-preflight.ts`.
//
// It follows the server's own lexer with `standard_conforming_strings` on, its default.
// Source: https://www.postgresql.org/docs/18/sql-syntax-lexical.html

/** One statement of a text. Shape: `text.slice(start, end)` is the statement without its `;`; `words` its leading tokens. */
export interface StatementSpan {
  readonly start: number;
  readonly end: number;
  /** Up to four leading tokens: bare words in upper case, `''` for anything else. */
  readonly words: readonly string[];
}

const LEADING_TOKENS = 4;
const TAB = 9;
const CARRIAGE_RETURN = 13;
const NEWLINE = 10;
const SPACE = 32;
const DOUBLE_QUOTE = 34;
const DOLLAR = 36;
const QUOTE = 39;
const OPENING_PARENTHESIS = 40;
const CLOSING_PARENTHESIS = 41;
const STAR = 42;
const MINUS = 45;
const DOT = 46;
const SLASH = 47;
const SEMICOLON = 59;
const BACKSLASH = 92;

/**
 * Splits `text` at the semicolons that end statements. Statements without a token (empty, or a comment only) are left out.
 *
 * An unfinished quote or comment reaches to the end of the text: the server refuses such a text as a whole.
 */
export function statementsOf(text: string): readonly StatementSpan[] {
  const statements: StatementSpan[] = [];
  let start = 0;
  let words: string[] = [];
  let hasToken = false;
  // `;` inside parentheses belongs to CREATE RULE ... DO (...; ...).
  let parentheses = 0;
  // Above 0 inside BEGIN ATOMIC ... END of a SQL function; CASE ... END nests in it.
  let body = 0;
  let previousWord = '';
  let followsDot = false;

  const token = (word: string): void => {
    hasToken = true;
    if (words.length < LEADING_TOKENS) words.push(word);
    previousWord = word;
    followsDot = false;
  };
  const finish = (end: number): void => {
    if (hasToken) statements.push({ start, end, words });
    words = [];
    hasToken = false;
    parentheses = 0;
    body = 0;
    previousWord = '';
    followsDot = false;
  };

  let at = 0;
  while (at < text.length) {
    const char = text.charCodeAt(at);
    if (isSpace(char)) {
      at++;
    } else if (char === MINUS && text.charCodeAt(at + 1) === MINUS) {
      at = afterLineComment(text, at);
    } else if (char === SLASH && text.charCodeAt(at + 1) === STAR) {
      at = afterBlockComment(text, at);
    } else if (isWordStart(char)) {
      const end = afterWord(text, at);
      const isEscapeString = end === at + 1 && (char | 32) === 101 && text.charCodeAt(end) === QUOTE;
      if (isEscapeString) {
        token('');
        at = afterEscapeString(text, end);
        continue;
      }
      const word = text.slice(at, end).toUpperCase();
      // `AS end` and `t.case` are labels; CASE and END elsewhere are keywords.
      const isKeyword = !followsDot && previousWord !== 'AS';
      if (isKeyword && body === 0 && word === 'ATOMIC' && previousWord === 'BEGIN' && parentheses === 0 && createsRoutine(words)) body = 1;
      else if (isKeyword && body > 0 && word === 'CASE') body++;
      else if (isKeyword && body > 0 && word === 'END') body--;
      token(word);
      at = end;
    } else if (char === QUOTE) {
      token('');
      at = afterQuoted(text, at, QUOTE);
    } else if (char === DOUBLE_QUOTE) {
      token('');
      at = afterQuoted(text, at, DOUBLE_QUOTE);
    } else if (char === DOLLAR) {
      token('');
      at = afterDollar(text, at);
    } else if (char === SEMICOLON && parentheses === 0 && body === 0) {
      finish(at);
      at++;
      start = at;
    } else {
      token('');
      if (char === OPENING_PARENTHESIS) parentheses++;
      else if (char === CLOSING_PARENTHESIS && parentheses > 0) parentheses--;
      else if (char === DOT) followsDot = true;
      at++;
    }
  }
  finish(text.length);
  return statements;
}

function createsRoutine(words: readonly string[]): boolean {
  if (words[0] !== 'CREATE') return false;
  const kind = words[1] === 'OR' && words[2] === 'REPLACE' ? words[3] : words[1];
  return kind === 'FUNCTION' || kind === 'PROCEDURE';
}

/** Space, tab, newline, vertical tab, form feed, carriage return: the server's list, which no other character is on. */
function isSpace(char: number): boolean {
  return char === SPACE || (char >= TAB && char <= CARRIAGE_RETURN);
}

function isWordStart(char: number): boolean {
  return (char >= 97 && char <= 122) || (char >= 65 && char <= 90) || char === 95 || char >= 128;
}

function isWordPart(char: number): boolean {
  return isWordStart(char) || (char >= 48 && char <= 57);
}

function afterWord(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && (isWordPart(text.charCodeAt(at)) || text.charCodeAt(at) === DOLLAR)) at++;
  return at;
}

function afterLineComment(text: string, from: number): number {
  let at = from + 2;
  while (at < text.length && text.charCodeAt(at) !== NEWLINE && text.charCodeAt(at) !== CARRIAGE_RETURN) at++;
  return at;
}

function afterBlockComment(text: string, from: number): number {
  let depth = 1;
  let at = from + 2;
  while (at < text.length && depth > 0) {
    const char = text.charCodeAt(at);
    if (char === SLASH && text.charCodeAt(at + 1) === STAR) {
      depth++;
      at += 2;
    } else if (char === STAR && text.charCodeAt(at + 1) === SLASH) {
      depth--;
      at += 2;
    } else {
      at++;
    }
  }
  return at;
}

/** After a quoted part in which the quote itself is written twice. A doubled quote reads as two adjacent parts here, with the same end. */
function afterQuoted(text: string, from: number, quote: number): number {
  const end = text.indexOf(quote === QUOTE ? "'" : '"', from + 1);
  return end < 0 ? text.length : end + 1;
}

/** After the string whose opening quote is at `from`, backslashes escaping, and the parts that continue it on later lines. */
function afterEscapeString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length) {
    const char = text.charCodeAt(at);
    if (char === BACKSLASH) {
      at += 2;
    } else if (char !== QUOTE) {
      at++;
    } else if (text.charCodeAt(at + 1) === QUOTE) {
      at += 2;
    } else {
      const continued = continuationOf(text, at + 1);
      if (continued < 0) return at + 1;
      at = continued + 1;
    }
  }
  return text.length;
}

/** Where the next quote of a string continued on a later line is, or -1. Between the parts: space with a newline in it, and line comments. */
function continuationOf(text: string, from: number): number {
  let hasNewline = false;
  let at = from;
  while (at < text.length) {
    const char = text.charCodeAt(at);
    if (isSpace(char)) {
      hasNewline ||= char === NEWLINE || char === CARRIAGE_RETURN;
      at++;
    } else if (char === MINUS && text.charCodeAt(at + 1) === MINUS) {
      at = afterLineComment(text, at);
    } else {
      return char === QUOTE && hasNewline ? at : -1;
    }
  }
  return -1;
}

/** After a dollar-quoted string, or after the `$` alone when it opens none (`$1`). */
function afterDollar(text: string, from: number): number {
  let at = from + 1;
  if (at < text.length && isWordStart(text.charCodeAt(at))) {
    at++;
    while (at < text.length && isWordPart(text.charCodeAt(at))) at++;
  }
  if (text.charCodeAt(at) !== DOLLAR) return from + 1;
  const end = text.indexOf(text.slice(from, at + 1), at + 1);
  return end < 0 ? text.length : end + (at + 1 - from);
}
