// The one statement that reads a schema from the catalog. It returns one JSON document, so that everything in it is seen under one search path.
// Source of the columns: the manual, chapter 53 System Catalogs. It takes no lock but ACCESS SHARE on the catalogs.

/** What is not an extension's own. */
const notOfExtension = (catalog: string, oid: string): string =>
  `NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = ${oid} AND d.deptype = 'e')`;

/** A cast to regnamespace would quote the name. */
const schemaOf = (oid: string): string => `(SELECT nspname FROM pg_namespace WHERE oid = ${oid})`;

const tablespaceOf = (oid: string): string => `(SELECT spcname FROM pg_tablespace WHERE oid = ${oid})`;

/** Names of the columns of `relation` that `numbers` lists, in that order. */
const columnNames = (relation: string, numbers: string): string => `(
  SELECT coalesce(jsonb_agg(a.attname ORDER BY k.position), '[]')
  FROM unnest(${numbers}) WITH ORDINALITY AS k(number, position) JOIN pg_attribute a ON a.attrelid = ${relation} AND a.attnum = k.number)`;

/** An operator class that Postgres would choose by itself is null: the default one of the method, unless the type has a default of its own.
 * An expression has the collation of its operands, which the catalog does not keep: the database's default is taken for it. */
const INDEX_ELEMENT = `jsonb_build_object(
  'column', a.attname,
  'expression', CASE WHEN a.attnum IS NULL THEN pg_get_indexdef(i.indexrelid, k.number, false) END,
  'collation', CASE WHEN i.indcollation[k.number - 1] <> ALL (CASE WHEN a.attnum IS NULL THEN ARRAY[0, t.typcollation, '"default"'::regcollation] ELSE ARRAY[0, a.attcollation] END) THEN i.indcollation[k.number - 1]::regcollation::text END,
  'opclass', CASE WHEN NOT o.opcdefault OR (o.opcintype <> t.oid AND EXISTS (
      SELECT FROM pg_opclass other WHERE other.opcmethod = o.opcmethod AND other.opcdefault AND other.opcintype = t.oid))
    THEN CASE WHEN pg_opclass_is_visible(o.oid) THEN quote_ident(o.opcname) ELSE format('%I.%I', ${schemaOf('o.opcnamespace')}, o.opcname) END END,
  'order', CASE WHEN i.indoption[k.number - 1] & 1 = 1 THEN 'desc' ELSE 'asc' END,
  'nulls', CASE WHEN i.indoption[k.number - 1] & 2 = 2 THEN 'first' ELSE 'last' END)`;

const INDEXES = `
  SELECT i.indexrelid, i.indrelid, i.indisvalid, jsonb_build_object(
    'name', c.relname, 'method', m.amname, 'isUnique', i.indisunique, 'isNullsNotDistinct', i.indnullsnotdistinct,
    'elements', (
      SELECT jsonb_agg(${INDEX_ELEMENT} ORDER BY k.number)
      FROM generate_series(1, i.indnkeyatts) AS k(number)
      LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.number - 1] AND a.attnum <> 0
      JOIN pg_attribute own ON own.attrelid = i.indexrelid AND own.attnum = k.number
      JOIN pg_type t ON t.oid = coalesce(a.atttypid, own.atttypid)
      JOIN pg_opclass o ON o.oid = i.indclass[k.number - 1]),
    'include', ${columnNames('i.indrelid', '(i.indkey::int2[])[i.indnkeyatts:]')},
    'where', pg_get_expr(i.indpred, i.indrelid), 'reloptions', to_jsonb(c.reloptions), 'tablespace', ${tablespaceOf('c.reltablespace')},
    'comment', obj_description(i.indexrelid, 'pg_class')) AS facts
  FROM pg_index i JOIN relation r ON r.oid = i.indrelid JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam`;

const SEQUENCE_OPTIONS = `jsonb_build_object('start', s.seqstart::text, 'increment', s.seqincrement::text, 'min', s.seqmin::text, 'max', s.seqmax::text,
  'cache', s.seqcache::text, 'isCyclic', s.seqcycle)`;

const COLUMNS = `
  SELECT jsonb_agg(jsonb_build_object(
    'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
    'collation', CASE WHEN a.attcollation NOT IN (0, t.typcollation) THEN a.attcollation::regcollation::text END,
    'expression', pg_get_expr(v.adbin, v.adrelid), 'generated', a.attgenerated, 'identity', a.attidentity,
    'sequence', (
      SELECT ${SEQUENCE_OPTIONS} FROM pg_depend d JOIN pg_sequence s ON s.seqrelid = d.objid
      WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype = 'i'),
    'notNull', (
      SELECT jsonb_build_object('name', n.conname, 'isValidated', n.convalidated, 'isNoInherit', n.connoinherit)
      FROM pg_constraint n WHERE n.conrelid = a.attrelid AND n.contype = 'n' AND n.conkey = ARRAY[a.attnum]),
    'comment', col_description(a.attrelid, a.attnum)) ORDER BY a.attnum)
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef v ON v.adrelid = a.attrelid AND v.adnum = a.attnum
  WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped`;

// Partitions and referenced partitions have copies of a constraint, which say nothing new: conparentid.
const CONSTRAINTS = `
  SELECT jsonb_agg(jsonb_build_object(
    'kind', n.contype, 'name', n.conname, 'columns', ${columnNames('n.conrelid', 'n.conkey')}, 'index', x.facts,
    'expression', pg_get_expr(n.conbin, n.conrelid), 'isDeferrable', n.condeferrable, 'isInitiallyDeferred', n.condeferred,
    'isValidated', n.convalidated, 'isEnforced', n.conenforced, 'isNoInherit', n.connoinherit, 'isPeriod', n.conperiod,
    'references', CASE WHEN n.contype = 'f' THEN (
      SELECT jsonb_build_object('schema', ${schemaOf('f.relnamespace')}, 'name', f.relname, 'columns', ${columnNames('n.confrelid', 'n.confkey')})
      FROM pg_class f WHERE f.oid = n.confrelid) END,
    'match', n.confmatchtype, 'onDelete', n.confdeltype, 'onUpdate', n.confupdtype, 'onDeleteColumns', ${columnNames('n.conrelid', 'n.confdelsetcols')},
    'operators', (
      SELECT jsonb_agg(CASE WHEN pg_operator_is_visible(o.oid) THEN o.oprname ELSE format('OPERATOR(%I.%s)', ${schemaOf('o.oprnamespace')}, o.oprname) END ORDER BY k.position)
      FROM unnest(n.conexclop) WITH ORDINALITY AS k(oid, position) JOIN pg_operator o ON o.oid = k.oid),
    'comment', obj_description(n.oid, 'pg_constraint')))
  FROM pg_constraint n LEFT JOIN index_facts x ON x.indexrelid = n.conindid AND n.contype IN ('p', 'u', 'x')
  WHERE n.conrelid = r.oid AND n.contype IN ('p', 'u', 'f', 'c', 'x') AND n.conparentid = 0`;

const TABLE_INDEXES = `
  SELECT jsonb_agg(x.facts) FROM index_facts x
  WHERE x.indrelid = r.oid AND x.indisvalid AND NOT EXISTS (SELECT FROM pg_constraint n WHERE n.conindid = x.indexrelid AND n.conrelid = r.oid AND n.contype IN ('p', 'u', 'x'))`;

const POLICIES = `
  SELECT jsonb_agg(jsonb_build_object(
    'name', p.polname, 'command', p.polcmd, 'isPermissive', p.polpermissive,
    'roles', (SELECT jsonb_agg(CASE WHEN k.oid = 0 THEN 'public' ELSE pg_get_userbyid(k.oid) END) FROM unnest(p.polroles) AS k(oid)),
    'using', pg_get_expr(p.polqual, p.polrelid), 'withCheck', pg_get_expr(p.polwithcheck, p.polrelid), 'comment', obj_description(p.oid, 'pg_policy')))
  FROM pg_policy p WHERE p.polrelid = r.oid`;

/** Of the roles in $2 alone: others are granted by their administrators. */
const GRANTS = `
  SELECT jsonb_agg(jsonb_build_object('role', g.role, 'privileges', g.privileges, 'isGrantable', g.is_grantable))
  FROM (
    SELECT CASE WHEN x.grantee = 0 THEN 'public' ELSE pg_get_userbyid(x.grantee) END AS role, x.is_grantable, jsonb_agg(lower(x.privilege_type)) AS privileges
    FROM aclexplode(r.relacl) x GROUP BY x.grantee, x.is_grantable) g
  WHERE g.role = ANY ($2::text[])`;

const PARTITIONING = `
  SELECT jsonb_build_object(
    'strategy', p.partstrat,
    'columns', (SELECT jsonb_agg(a.attname ORDER BY k.position) FROM unnest(p.partattrs::int2[]) WITH ORDINALITY AS k(number, position)
      LEFT JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = k.number AND k.number <> 0),
    'expression', pg_get_expr(p.partexprs, p.partrelid),
    'partitions', (SELECT jsonb_agg(jsonb_build_object(
        'schema', ${schemaOf('c.relnamespace')}, 'name', c.relname, 'bound', pg_get_expr(c.relpartbound, c.oid),
        'reloptions', to_jsonb(c.reloptions), 'toastOptions', to_jsonb(toast.reloptions), 'tablespace', ${tablespaceOf('c.reltablespace')}))
      FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid WHERE h.inhparent = p.partrelid))
  FROM pg_partitioned_table p WHERE p.partrelid = r.oid`;

const TABLES = `
  SELECT jsonb_agg(jsonb_build_object(
    'schema', r.schema, 'name', r.relname, 'columns', (${COLUMNS}), 'constraints', (${CONSTRAINTS}), 'indexes', (${TABLE_INDEXES}), 'policies', (${POLICIES}),
    'rowSecurity', jsonb_build_object('isEnabled', r.relrowsecurity, 'isForced', r.relforcerowsecurity), 'grants', (${GRANTS}), 'partitioning', (${PARTITIONING}),
    'reloptions', to_jsonb(r.reloptions), 'toastOptions', to_jsonb(toast.reloptions), 'tablespace', ${tablespaceOf('r.reltablespace')},
    'isUnlogged', r.relpersistence = 'u', 'comment', obj_description(r.oid, 'pg_class')))
  FROM relation r LEFT JOIN pg_class toast ON toast.oid = r.reltoastrelid
  WHERE r.relkind IN ('r', 'p') AND NOT r.relispartition`;

const SEQUENCES = `
  SELECT jsonb_agg(jsonb_build_object(
    'schema', r.schema, 'name', r.relname, 'type', format_type(s.seqtypid, NULL), 'options', ${SEQUENCE_OPTIONS},
    'ownedBy', (
      SELECT jsonb_build_object('schema', ${schemaOf('c.relnamespace')}, 'name', c.relname, 'column', a.attname)
      FROM pg_depend d JOIN pg_class c ON c.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
      WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.deptype = 'a'),
    'grants', (${GRANTS}), 'comment', obj_description(r.oid, 'pg_class')))
  FROM relation r JOIN pg_sequence s ON s.seqrelid = r.oid
  WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.deptype = 'i')`;

const ENUMS = `
  SELECT jsonb_agg(jsonb_build_object(
    'schema', n.nspname, 'name', t.typname, 'labels', (SELECT jsonb_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
    'comment', obj_description(t.oid, 'pg_type')))
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE t.typtype = 'e' AND n.nspname = ANY ($1::text[]) AND ${notOfExtension('pg_type', 't.oid')}`;

// plpgsql is there from the start.
const EXTENSIONS = `
  SELECT jsonb_agg(jsonb_build_object('name', e.extname, 'schema', CASE WHEN n.nspname <> coalesce(v.schema, 'public') THEN n.nspname END))
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
  LEFT JOIN pg_available_extension_versions v ON v.name = e.extname AND v.version = e.extversion
  WHERE e.extname <> 'plpgsql'`;

// What the vocabulary of the snapshot does not have, each by its kind and name.
const UNSUPPORTED = `
  SELECT jsonb_agg(jsonb_build_object('kind', u.kind, 'object', u.object)) FROM (
    SELECT CASE r.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'composite type' END AS kind, format('%s.%s', r.schema, r.relname) AS object
    FROM relation r WHERE r.relkind IN ('v', 'm', 'f', 'c')
    UNION ALL
    SELECT 'inherited table', format('%s.%s', r.schema, r.relname) FROM relation r WHERE NOT r.relispartition AND r.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = r.oid)
    UNION ALL
    SELECT 'sub-partitioned table', format('%s.%s', r.schema, r.relname) FROM relation r WHERE r.relispartition AND r.relkind = 'p'
    UNION ALL
    SELECT 'typed table', format('%s.%s', r.schema, r.relname) FROM relation r WHERE r.reloftype <> 0
    UNION ALL
    SELECT 'table access method', format('%s.%s', r.schema, r.relname) FROM relation r JOIN pg_am m ON m.oid = r.relam WHERE r.relkind IN ('r', 'p') AND m.amname <> 'heap'
    UNION ALL
    SELECT 'replica identity', format('%s.%s', r.schema, r.relname) FROM relation r WHERE r.relkind IN ('r', 'p') AND r.relreplident <> 'd'
    UNION ALL
    SELECT 'column storage', format('%s.%s.%s', r.schema, r.relname, a.attname)
    FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type t ON t.oid = a.atttypid
    WHERE r.relkind IN ('r', 'p') AND (a.attstorage <> t.typstorage OR a.attcompression <> '' OR a.attoptions IS NOT NULL OR a.attstattarget IS NOT NULL)
    UNION ALL
    SELECT 'index of a partition', format('%s.%s', r.schema, c.relname)
    FROM relation r JOIN pg_index i ON i.indrelid = r.oid JOIN pg_class c ON c.oid = i.indexrelid
    WHERE r.relispartition AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = i.indexrelid) AND NOT EXISTS (SELECT FROM pg_constraint n WHERE n.conindid = i.indexrelid AND n.conrelid = r.oid)
    UNION ALL
    SELECT 'constraint of a partition', format('%s.%s.%s', r.schema, r.relname, n.conname)
    FROM relation r JOIN pg_constraint n ON n.conrelid = r.oid WHERE r.relispartition AND n.contype IN ('p', 'u', 'f', 'c', 'x') AND n.conparentid = 0 AND n.coninhcount = 0
    UNION ALL
    SELECT 'partition key', format('%s.%s', r.schema, r.relname)
    FROM relation r JOIN pg_partitioned_table p ON p.partrelid = r.oid
    WHERE (SELECT count(*) FROM unnest(p.partattrs::int2[]) AS k(number) WHERE k.number = 0) > 1
      OR EXISTS (SELECT FROM unnest(p.partclass::oid[]) AS k(oid) JOIN pg_opclass o ON o.oid = k.oid WHERE NOT o.opcdefault)
      OR EXISTS (SELECT FROM unnest(p.partattrs::int2[], p.partcollation::oid[]) AS k(number, collated) JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = k.number WHERE a.attcollation <> k.collated)
    UNION ALL
    SELECT 'invalid index', format('%s.%s', r.schema, c.relname) FROM relation r JOIN pg_index i ON i.indrelid = r.oid JOIN pg_class c ON c.oid = i.indexrelid WHERE NOT i.indisvalid
    UNION ALL
    SELECT 'operator class parameters', format('%s.%s', r.schema, c.relname)
    FROM relation r JOIN pg_index i ON i.indrelid = r.oid JOIN pg_class c ON c.oid = i.indexrelid WHERE EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = i.indexrelid AND a.attoptions IS NOT NULL)
    UNION ALL
    SELECT 'parameters of a constraint index', format('%s.%s', r.schema, c.relname)
    FROM relation r JOIN pg_constraint n ON n.conrelid = r.oid AND n.contype IN ('p', 'u', 'x') JOIN pg_class c ON c.oid = n.conindid WHERE c.reloptions IS NOT NULL OR c.reltablespace <> 0
    UNION ALL
    SELECT 'trigger', format('%s.%s.%s', r.schema, r.relname, t.tgname) FROM relation r JOIN pg_trigger t ON t.tgrelid = r.oid WHERE NOT t.tgisinternal AND t.tgparentid = 0
    UNION ALL
    SELECT 'rule', format('%s.%s.%s', r.schema, r.relname, w.rulename) FROM relation r JOIN pg_rewrite w ON w.ev_class = r.oid WHERE w.rulename <> '_RETURN'
    UNION ALL
    SELECT CASE t.typtype WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range type' ELSE 'base type' END, format('%s.%s', n.nspname, t.typname)
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE t.typtype IN ('d', 'r', 'b') AND t.typcategory <> 'A' AND n.nspname = ANY ($1::text[]) AND ${notOfExtension('pg_type', 't.oid')}
    UNION ALL
    SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END, format('%s.%s(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = ANY ($1::text[]) AND ${notOfExtension('pg_proc', 'p.oid')}
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
    UNION ALL
    SELECT 'extended statistics', format('%s.%s', n.nspname, s.stxname) FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE n.nspname = ANY ($1::text[])
  ) AS u`;

/** $1: the schemas; $2: the roles whose grants are read. Returns one row with one column, `document`. Cost: one round trip. */
export const CATALOG_SQL = `
WITH relation AS MATERIALIZED (
  SELECT c.*, n.nspname AS schema FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = ANY ($1::text[]) AND ${notOfExtension('pg_class', 'c.oid')}
), index_facts AS (${INDEXES}
)
SELECT jsonb_build_object(
  'searchPath', current_setting('search_path'),
  'extensions', (${EXTENSIONS}),
  'enums', (${ENUMS}),
  'sequences', (${SEQUENCES}),
  'tables', (${TABLES}),
  'unsupported', (${UNSUPPORTED})
)::text AS document`;
