// The statements by which transactions are controlled, as prepared statements with few distinct texts, so that they can travel in front of the
// first statement of their scope.

import type { AtomicOptions, IsolationLevel } from '../db/context.ts';
import type { Call, CompiledStatement } from '../db/port.ts';
import type { Codec } from '../value/codec.ts';

const isolationWords: Readonly<Record<IsolationLevel, string>> = {
  readCommitted: 'READ COMMITTED',
  repeatableRead: 'REPEATABLE READ',
  serializable: 'SERIALIZABLE',
};

export const isIsolationLevel = (value: unknown): value is IsolationLevel =>
  typeof value === 'string' && Object.hasOwn(isolationWords, value);

const plainText: Codec<string> = Object.freeze({
  text: { encode: (value: string) => value, decode: (text: string) => text },
  literal: (value: string) => `'${value.replaceAll("'", "''")}'`,
  json: { encode: (value: string) => value, decode: (json: unknown) => String(json) },
});

export const COMMIT: Call = command('COMMIT');
export const ROLLBACK: Call = command('ROLLBACK');

/** BEGIN with the modes of the outermost scope. */
export function beginCall({ isolation, readOnly, deferrable }: AtomicOptions): Call {
  const modes = [
    ...(isolation === undefined ? [] : [`ISOLATION LEVEL ${isolationWords[isolation]}`]),
    ...(readOnly === true ? ['READ ONLY'] : []),
    ...(deferrable === true ? ['DEFERRABLE'] : []),
  ];
  return cachedCommand(modes.length === 0 ? 'BEGIN' : `BEGIN ${modes.join(', ')}`);
}

export const savepointCall = (depth: number): Call => cachedCommand(`SAVEPOINT sp_${depth}`);
export const releaseCall = (depth: number): Call => cachedCommand(`RELEASE SAVEPOINT sp_${depth}`);
export const rollbackToCall = (depth: number): Call => cachedCommand(`ROLLBACK TO SAVEPOINT sp_${depth}`);

export type TimeoutSetting = 'statement_timeout' | 'lock_timeout';

/** SET LOCAL in the form that takes a parameter. */
export function setLocalCall(setting: TimeoutSetting, milliseconds: number): Call {
  return { statement: setLocal, values: [setting, String(milliseconds)] };
}

/** Keeps the current value of a setting under another name until the transaction ends: RELEASE does not bring it back, only ROLLBACK TO does. */
export function keepSettingCall(setting: TimeoutSetting, depth: number): Call {
  return { statement: copySetting, values: [keptName(setting, depth), setting] };
}

export function restoreSettingCall(setting: TimeoutSetting, depth: number): Call {
  return { statement: copySetting, values: [setting, keptName(setting, depth)] };
}

/** SET LOCAL ROLE, SET CONSTRAINTS: texts with names in them, built per call. */
export function command(text: string): Call {
  return Object.freeze({ statement: Object.freeze({ text, parameters: Object.freeze([]), rows: null }), values: Object.freeze([]) });
}

const settingColumn = () => ({ name: 'set_config', codec: plainText });
const setLocal: CompiledStatement = Object.freeze({
  text: 'SELECT set_config($1, $2, true)',
  parameters: Object.freeze([plainText, plainText]),
  rows: Object.freeze({ columns: Object.freeze([settingColumn()]), as: 'value' }),
});
const copySetting: CompiledStatement = Object.freeze({
  text: 'SELECT set_config($1, current_setting($2), true)',
  parameters: Object.freeze([plainText, plainText]),
  rows: Object.freeze({ columns: Object.freeze([settingColumn()]), as: 'value' }),
});
const keptName = (setting: TimeoutSetting, depth: number): string => `djogi.sp_${depth}_${setting}`;

/** One statement object per text, because drivers keep what they learn about a statement under its identity. Savepoints are as deep as code nests. */
const commands = new Map<string, Call>();
const MAX_COMMANDS = 256;

function cachedCommand(text: string): Call {
  const known = commands.get(text);
  if (known !== undefined) return known;
  const made = command(text);
  if (commands.size < MAX_COMMANDS) commands.set(text, made);
  return made;
}
