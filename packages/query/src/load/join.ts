// `selectRelated`: the row of a to-one relation in the same statement, joined.

import { nodes, relationOf } from '@djogi/core/extension';
import { refuse, refuseVisage } from '../set/refine.ts';
import { NOTHING_RELATED, type Joined, type Related } from '../set/related.ts';
import { isWhole, wholeTable, type Selection } from '../set/selection.ts';
import { refined, relationNames, without, type Sets } from './sets.ts';

/** The selection with the rows of relations joined: several by name, or one whose own relations the callback chooses. */
export function selectRelated(selection: Selection, given: readonly unknown[], sets: Sets): Selection {
  refuseVisage(selection, 'selectRelated');
  if (!isWhole(selection))
    refuse(selection, 'select_related', 'selectRelated is about whole rows: with select, choose expressions of the path instead');
  const { names, callback } = relationNames(selection, given, 'selectRelated');
  return names.reduce((to, name) => {
    const joined = join(to, name, callback, sets),
      others = without(to.related, name);
    return { ...to, related: { ...others, joins: [...others.joins, joined] } };
  }, selection);
}

function join(selection: Selection, name: string, callback: unknown, sets: Sets): Joined {
  const relation = relationOf(selection.runtime, name);
  if (relation.isMany)
    refuse(selection, 'select_related', `${name} leads to many rows, which a join would multiply these by: load it with prefetch`);
  const { own, remote, target } = relation,
    from = selection.rowSource ?? selection.source;
  const source = nodes.pathSource(target.table, {
    from,
    relation: name,
    column: own.column,
    key: remote.column,
    valueKind: own.valueKind,
  });
  return { relation, source, related: callback === undefined ? NOTHING_RELATED : furtherRelated(selection, name, callback, sets, source) };
}

/** What the callback loads of the joined row. It can load, and nothing else: a filter on it would be one on the rows around it. */
function furtherRelated(selection: Selection, name: string, callback: unknown, sets: Sets, source: Joined['source']): Related {
  const whole = { ...wholeTable(relationOf(selection.runtime, name).model), source, where: [], orderBy: [], orderPrefix: 0 },
    chosen = refined(selection, whole, callback, sets, 'selectRelated');
  const { related, ...facts } = chosen,
    { related: _related, ...before } = whole;
  const changed = (Object.keys(facts) as (keyof typeof facts)[]).find((fact) =>
    Array.isArray(before[fact]) ? (facts[fact] as unknown[]).length > 0 : facts[fact] !== before[fact],
  );
  if (changed !== undefined)
    refuse(
      selection,
      'select_related',
      `the callback of selectRelated('${name}') loads further relations, and refines nothing: filter these rows over the path`,
    );
  return related;
}
