// The version a row was read with. It is kept in a private field of the row, which no key, spread, JSON or clone shows, so that an assignment to the version
// property is seen instead of deciding which stored version is overwritten.

class Given {
  constructor(row: object) {
    return row;
  }
}

/** Puts its private field on the object it is given: 5 ns a row, where an entry of a WeakMap takes 200. */
class Loaded extends Given {
  #version: unknown;
  constructor(row: object, version: unknown) {
    super(row);
    this.#version = version;
  }

  static of(row: object): unknown {
    return #version in row ? row.#version : undefined;
  }

  static renew(row: object, version: unknown): void {
    if (#version in row) row.#version = version;
  }
}

/** Remembers the version of a row that was just built. */
export function keepVersion(row: object, version: unknown): void {
  void new Loaded(row, version);
}

/** The version that the database gave for this row. */
export function loadedVersion(row: object): unknown {
  return Loaded.of(row);
}

/** After a write or a refresh: the version that the database gave now. */
export function renewVersion(row: object, version: unknown): void {
  Loaded.renew(row, version);
}
