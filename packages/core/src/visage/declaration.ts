// What `visage()` keeps until first use.

/** A visage as it was declared. */
export interface VisageDeclaration {
  readonly model: unknown;
  readonly audience: string;
  /** By declared name of the relation. */
  readonly peers: ReadonlyMap<string, unknown>;
  /** The callbacks are typed by the model where the visage is declared; here they are of any. */
  readonly derived: ((bag: any) => unknown) | undefined;
  readonly compute: Readonly<Record<string, ((row: any) => unknown) | undefined>>;
}

const visageKey: unique symbol = Symbol.for('djogi.visage') as never;

export function keepVisage(base: object, declaration: VisageDeclaration): void {
  Object.defineProperty(base, visageKey, { value: declaration });
}

/** The declaration of a visage class, or null for anything else. */
export const visageOf = (candidate: unknown): VisageDeclaration | null =>
  typeof candidate === 'function' ? ((candidate as { [visageKey]?: VisageDeclaration })[visageKey] ?? null) : null;

/** True for a class made with `visage()`. */
export const isVisage = (candidate: unknown): boolean => visageOf(candidate) !== null;
