// Durations in headers: `10m`.

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
/** Postgres keeps milliseconds in an int32. */
const MAX_MS = 2_147_483_647;

/** Milliseconds; null for what is no duration. */
export function timeoutOf(text: string): number | null {
  const match = /^(\d{1,10})(ms|s|m|h)$/.exec(text);
  if (match === null) return text === '0' ? 0 : null;
  const ms = Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
  return ms > MAX_MS ? null : ms;
}

/** The shortest form: `10m`. */
export function timeoutText(ms: number): string {
  if (ms === 0) return '0';
  for (const unit of ['h', 'm', 's'] as const) if (ms % UNITS[unit] === 0) return `${ms / UNITS[unit]}${unit}`;
  return `${ms}ms`;
}
