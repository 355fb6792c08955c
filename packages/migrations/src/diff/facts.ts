// When two parts of snapshots are equal: by their facts, whatever the order of their keys, and without the names of NOT NULL constraints.

/** The facts of `value` as a text: equal values have equal texts. `without` names keys of the value itself that do not count. */
export function facts(value: unknown, without: readonly string[] = []): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(
          Object.entries(part)
            .filter(([key]) => part !== value || !without.includes(key))
            .sort(([left], [right]) => (left < right ? -1 : 1)),
        )
      : part,
  );
}

export const isEqual = (left: unknown, right: unknown): boolean => facts(left) === facts(right);
