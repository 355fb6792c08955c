// From the text of a migration file to its segments and steps. Structure comes from directives alone; what SQL is, the server says.

import { MigrationFileError, type MigrationFileRule } from '../error/file-error.ts';
import { bucketName, type BucketId } from './bucket.ts';
import { checkFragment, DIRECTIVE, normalized, splitStatements } from './fragment.ts';
import {
  executionModeOf,
  SEGMENT_KINDS,
  type Direction,
  type MigrationScript,
  type ScriptSegment,
  type ScriptStep,
  type SegmentKind,
} from './script.ts';
import { timeoutOf } from './timeout.ts';

export interface ScriptIdentity {
  readonly bucket: BucketId;
  readonly version: string;
  readonly direction: Direction;
  /** What errors call the file. */
  readonly file: string;
}

const HEADER = /^--[ \t]*(Migration|Bucket|Direction|Execution-Mode|Snapshot-Base|Depends-On|Generated):[ \t]*(.*?)[ \t]*$/;
const APP_LABEL = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
const DIRECTIVES = '-- djogi:segment, -- djogi:step, -- djogi:no-transaction, -- djogi: statement_timeout=…, -- djogi-justify:';

interface OpenStep {
  readonly label: string;
  readonly line: number;
  readonly lines: string[];
}
interface OpenSegment {
  readonly kind: SegmentKind;
  readonly isPatient: boolean;
  readonly steps: ScriptStep[];
  /** Of a file without a transaction, whose steps are its statements. */
  readonly isSplit: boolean;
}

/**
 * Reads one `.sdjql` file.
 *
 * Errors: MIGRATION_FILE with the file, the line and the rule: `header`, `directive`, `text`, `statement`, `transaction_control`, `not_transactional`.
 */
export function parseScript(text: string, identity: ScriptIdentity): MigrationScript {
  return new ScriptParser(identity).parse(text);
}

class ScriptParser {
  readonly #identity: ScriptIdentity;
  readonly #headers = new Map<string, { readonly value: string; readonly line: number }>();
  readonly #segments: OpenSegment[] = [];
  #justification: string | null = null;
  #statementTimeoutMs: number | null = null;
  #step: OpenStep | null = null;

  constructor(identity: ScriptIdentity) {
    this.#identity = identity;
  }

  parse(text: string): MigrationScript {
    const lines = text
      .replace(/^\uFEFF/, '')
      .replace(/\r\n?/g, '\n')
      .split('\n');
    lines.forEach((content, index) => this.#line(content, index + 1));
    this.#closeStep();
    const segments: readonly ScriptSegment[] = this.#segments.map(({ kind, isPatient, steps }) => ({ kind, isPatient, steps }));
    return {
      direction: this.#identity.direction,
      ...this.#checkedHeaders(segments),
      justification: this.#justification,
      statementTimeoutMs: this.#statementTimeoutMs,
      segments,
    };
  }

  #line(content: string, line: number): void {
    const directive = DIRECTIVE.exec(content);
    if (directive !== null) this.#directive(directive[1]!, directive[2]!.trim(), line);
    else if (this.#step !== null) this.#step.lines.push(content);
    else if (this.#segments.length > 0) this.#outside(content, line, 'Put it under a -- djogi:step.');
    else this.#headerLine(content, line);
  }

  #headerLine(content: string, line: number): void {
    const header = HEADER.exec(content);
    if (header === null) return this.#outside(content, line, 'It comes before the first -- djogi:segment.');
    const [, name = '', value = ''] = header;
    if (this.#headers.has(name)) this.#refuse('header', line, `The header ${name} is there twice.`);
    this.#headers.set(name, { value, line });
  }

  /** Blank lines and comments are for readers. */
  #outside(content: string, line: number, advice: string): void {
    if (/^\s*(?:--.*)?$/.test(content)) return;
    this.#refuse('text', line, `This SQL belongs to no step. ${advice}`);
  }

  #directive(mark: string, content: string, line: number): void {
    this.#closeStep();
    const [word = '', ...rest] = content.split(/[ \t]+/);
    if (mark === '-') {
      if (!content.startsWith('justify:')) this.#refuse('directive', line, `-- djogi-${word} is no directive. There are: ${DIRECTIVES}.`);
      this.#inHeader(line, '-- djogi-justify:');
      const reason = content.slice('justify:'.length).trim();
      if (reason === '') this.#refuse('directive', line, '-- djogi-justify: has no reason. Write why what is lost may be lost.');
      if (this.#justification !== null) this.#refuse('directive', line, '-- djogi-justify: is there twice.');
      this.#justification = reason;
    } else if (word === 'segment') {
      this.#segment(rest, line);
    } else if (word === 'step') {
      this.#openStep(content.slice('step'.length).trim(), line);
    } else if (content === 'no-transaction') {
      this.#inHeader(line, '-- djogi:no-transaction');
      this.#segments.push({ kind: 'non_transactional', isPatient: true, steps: [], isSplit: true });
      this.#step = { label: 'statement', line, lines: [] };
    } else if (content.startsWith('statement_timeout=')) {
      this.#inHeader(line, '-- djogi: statement_timeout');
      const timeout = timeoutOf(content.slice('statement_timeout='.length));
      if (timeout === null) this.#refuse('directive', line, 'A statement_timeout is a whole number and ms, s, m or h: 10m. 0 is none.');
      this.#statementTimeoutMs = timeout;
    } else {
      this.#refuse('directive', line, `${JSON.stringify(content)} is no directive. There are: ${DIRECTIVES}.`);
    }
  }

  #inHeader(line: number, directive: string): void {
    if (this.#segments.length > 0) this.#refuse('directive', line, `${directive} comes before the first segment.`);
  }

  #segment([kind, ...flags]: readonly string[], line: number): void {
    if (this.#segments.some(({ isSplit }) => isSplit))
      this.#refuse('directive', line, 'A file of -- djogi:no-transaction has no segments: each statement is a step.');
    if (!SEGMENT_KINDS.includes(kind as SegmentKind))
      this.#refuse('directive', line, `${JSON.stringify(kind ?? '')} is no kind of segment. There are: ${SEGMENT_KINDS.join(', ')}.`);
    const isPatient = flags[0] === 'patient' && flags.length === 1 && kind === 'transactional';
    if (flags.length > 0 && !isPatient)
      this.#refuse('directive', line, 'Behind the kind of a segment comes nothing, or patient after transactional.');
    this.#segments.push({ kind: kind as SegmentKind, isPatient: isPatient || kind === 'non_transactional', steps: [], isSplit: false });
  }

  #openStep(label: string, line: number): void {
    const segment = this.#segments.at(-1);
    if (segment === undefined) this.#refuse('directive', line, 'A step comes behind a -- djogi:segment.');
    if (segment.isSplit) this.#refuse('directive', line, 'A file of -- djogi:no-transaction has no steps: each statement is one.');
    if (label === '') this.#refuse('directive', line, '-- djogi:step has no label. Say what it does: addColumn posts.title.');
    this.#step = { label, line, lines: [] };
  }

  #closeStep(): void {
    const step = this.#step;
    const segment = this.#segments.at(-1);
    if (step === null || segment === undefined) return;
    this.#step = null;
    const { file } = this.#identity;
    const line = step.line + 1;
    const sql = normalized(step.lines.join('\n'));
    if (segment.isSplit) {
      splitStatements(sql, line).forEach((statement, index) => {
        checkFragment(statement.sql, false, { file, line: statement.line });
        segment.steps.push({ label: `statement ${index + 1}`, sql: statement.sql, line: statement.line });
      });
      return;
    }
    if (segment.kind !== 'metadata_only') checkFragment(sql, segment.kind === 'transactional', { file, line });
    else if (splitStatements(sql, line).length > 0)
      this.#refuse('statement', line, 'A metadata_only segment executes nothing, and this step has SQL.');
    segment.steps.push({ label: step.label, sql, line });
  }

  #checkedHeaders(segments: readonly ScriptSegment[]): Pick<MigrationScript, 'snapshotBase' | 'dependsOn'> {
    const { bucket, version, direction } = this.#identity;
    this.#expectHeader('Migration', version);
    this.#expectHeader('Bucket', bucketName(bucket));
    this.#expectHeader('Direction', direction.toUpperCase());
    const mode = this.#headers.get('Execution-Mode');
    if (mode !== undefined) this.#expectHeader('Execution-Mode', executionModeOf({ segments }));
    const base = this.#headers.get('Snapshot-Base');
    if (base !== undefined && base.value !== 'none' && !/^sha256:[0-9a-f]{64}$/.test(base.value))
      this.#refuse('header', base.line, 'Snapshot-Base is none, or sha256: and 64 lower-case hex digits.');
    const depends = this.#headers.get('Depends-On');
    const dependsOn = depends === undefined || depends.value === '(none)' ? [] : depends.value.split(/,[ \t]*/);
    if (depends !== undefined && dependsOn.some((label) => label !== '_global_' && !APP_LABEL.test(label)))
      this.#refuse('header', depends.line, 'Depends-On is (none), or labels of apps with commas between them.');
    return {
      snapshotBase: base === undefined || base.value === 'none' ? null : base.value,
      dependsOn: dependsOn.map((label) => (label === '_global_' ? '' : label)),
    };
  }

  #expectHeader(name: string, expected: string): void {
    const header = this.#headers.get(name);
    if (header === undefined) this.#refuse('header', 1, `The header is missing: -- ${name}: ${expected}`);
    if (header.value !== expected)
      this.#refuse('header', header.line, `${name} says ${JSON.stringify(header.value)}, and this is ${JSON.stringify(expected)}.`);
  }

  #refuse(rule: MigrationFileRule, line: number, message: string): never {
    throw new MigrationFileError(rule, { file: this.#identity.file, line }, message);
  }
}
