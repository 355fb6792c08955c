import { describe, expect, test } from 'vitest';
import { HEER_VERSION, heerAllocatorSql, heerBootstraps, heerBootstrapSql } from '../../src/id/bootstrap-sql.ts';
import { HEER_BOOTSTRAP_SQL_V1 } from '../../src/id/bootstrap-sql-v1.ts';
import { HEER_BOOTSTRAP_SQL_V2 } from '../../src/id/bootstrap-sql-v2.ts';
import { heerGrantsSql } from '../../src/id/grants.ts';
import { heerNodeFromEnv, heerNodeSettings } from '../../src/id/node-binding.ts';
import { ID_SQL_STATES, idErrorOfSqlState } from '../../src/id/sqlstate.ts';
import { sha256Hex } from '../../src/ident/sha256.ts';

const invalid: unknown = expect.objectContaining({ code: 'VALIDATION' });

describe('heerNodeFromEnv', () => {
  test('reads HEER_NODE_ID', () => {
    expect(heerNodeFromEnv({ HEER_NODE_ID: ' 7 ' })).toEqual({ nodeId: 7 });
    expect(heerNodeFromEnv({})).toBeUndefined();
    expect(heerNodeFromEnv({ HEER_NODE_ID: '' })).toBeUndefined();
  });

  test.each(['512', '-1', '1.5', 'one', '0x10', '1e2', '99999'])('refuses %j', (text) => {
    expect(() => heerNodeFromEnv({ HEER_NODE_ID: text })).toThrow(invalid);
  });
});

describe('heerNodeSettings', () => {
  test('binds both families, the second to the first by default', () => {
    expect(heerNodeSettings({ nodeId: 3 })).toEqual({ 'heer.node_id': '3', 'heer.ranj_node_id': '3' });
    expect(heerNodeSettings({ nodeId: 3, ranjNodeId: 4000 })).toEqual({ 'heer.node_id': '3', 'heer.ranj_node_id': '4000' });
  });

  test.each([{ nodeId: 512 }, { nodeId: -1 }, { nodeId: 1.5 }, { nodeId: 1, ranjNodeId: 32768 }])('refuses %j', (node) => {
    expect(() => heerNodeSettings(node)).toThrow(invalid);
  });
});

describe('the SQL as text', () => {
  // A released bootstrap is in people's migrations. A digest changes only together with the name of the constant, once the version is published.
  test('version 1 is what was released', () => {
    expect(sha256Hex(HEER_BOOTSTRAP_SQL_V1)).toBe('e03c9e191a35fb01e8626a721842fdcf01e923857950e6619560eac1145c63df');
  });

  test('version 2 is what was released', () => {
    expect(sha256Hex(HEER_BOOTSTRAP_SQL_V2)).toBe('c666d9fd61151b7a6776ddf53395ed4296881ddd69700dfe2c523135477a2edb');
  });

  test('holds no node', () => {
    for (const { sql } of heerBootstraps()) expect(sql).not.toMatch(/INSERT INTO ("public"\.)?heer_nodes|SET heer\.node_id/i);
  });

  test('each version is a script of its own, and all of them are the whole', () => {
    expect(heerBootstraps()).toEqual([
      { version: 1, sql: HEER_BOOTSTRAP_SQL_V1 },
      { version: 2, sql: HEER_BOOTSTRAP_SQL_V2 },
    ]);
    expect(heerBootstraps({ after: 1 })).toEqual([{ version: 2, sql: HEER_BOOTSTRAP_SQL_V2 }]);
    expect(heerBootstraps({ after: HEER_VERSION })).toEqual([]);
    expect(heerBootstrapSql()).toBe(`${HEER_BOOTSTRAP_SQL_V1}\n${HEER_BOOTSTRAP_SQL_V2}`);
    expect(heerBootstrapSql({ allocator: 'strict', schema: 'ids' })).toMatch(/SELECT "ids"\.heer_use_allocator\('strict'\);\n$/);
  });

  test.each([{ after: -1 }, { after: HEER_VERSION + 1 }, { after: 0.5 }, { schema: 'a-b' }])('no version is after %j', (options) => {
    expect(() => heerBootstraps(options)).toThrow(invalid);
  });

  test('the choice of an allocator is one call', () => {
    expect(heerAllocatorSql('strict')).toBe(`SELECT "public".heer_use_allocator('strict');`);
    expect(heerAllocatorSql('lockFree', { schema: 'ids' })).toBe(`SELECT "ids".heer_use_allocator('lockFree');`);
    expect(() => heerAllocatorSql("x'" as 'strict')).toThrow(invalid);
    expect(() => heerAllocatorSql('strict', { schema: 'a"b' })).toThrow(invalid);
  });

  test('the grants of version 1 name nothing of version 2', () => {
    expect(heerGrantsSql('clerk', { version: 1 })).not.toMatch(/heer_strict_ids|heerid_date/);
    expect(heerGrantsSql('clerk')).toMatch(/heer_strict_ids\(integer, integer, boolean\).*heerid_date\(bigint\)/);
  });

  test('takes another schema and another epoch everywhere', () => {
    const sql = heerBootstrapSql({ schema: 'ids', epoch: new Date('2030-01-01T00:00:00Z') });
    expect(sql).not.toMatch(/public|1767225600/);
    expect(sql).toMatch(/^CREATE SCHEMA IF NOT EXISTS "ids";/);
    expect(sql).toContain('- 1893456000000000)');
    expect(sql).toContain('to_timestamp(1893456000)');
  });

  test.each([
    { schema: 'a"b' },
    { schema: '' },
    { schema: 'a; drop' },
    { epoch: new Date(1) },
    { epoch: new Date(-1000) },
    { epoch: new Date(Number.NaN) },
  ])('refuses %j', (options) => {
    expect(() => heerBootstrapSql(options)).toThrow(invalid);
  });

  test.each(['x"; reset all', '', 'a b', '1a', '__djogi_x'])('refuses the role %j', (role) => {
    expect(() => heerGrantsSql(role)).toThrow(invalid);
  });
});

describe('SQLSTATEs of the generators', () => {
  test('each is an IdError with its code and whether a retry can help', () => {
    const table = Object.keys(ID_SQL_STATES).map((state) => {
      const error = idErrorOfSqlState(state)!;
      return [state, error.code, error.isTransient];
    });
    expect(table).toEqual([
      ['50010', 'ID_GEN_NODE_NOT_SET', false],
      ['50011', 'ID_GEN_NODE_INACTIVE', false],
      ['50012', 'ID_GEN_NODE_OUT_OF_RANGE', false],
      ['50013', 'ID_GEN_NOT_CONFIGURED', false],
      ['50014', 'ID_GEN_BAD_COUNT', false],
      ['50015', 'ID_GEN_NO_SPAN_CAPACITY', true],
      ['50020', 'ID_GEN_CLOCK_ROLLBACK', true],
      ['50021', 'ID_GEN_LOGICAL_DRIFT', true],
      ['50022', 'ID_GEN_HARD_CLOCK_ROLLBACK', false],
      ['50030', 'ID_GEN_TIMESTAMP_EXHAUSTED', false],
      ['50040', 'ID_CONV_NODE_OVERFLOW', false],
      ['50041', 'ID_CONV_TIMESTAMP_OVERFLOW', false],
      ['50042', 'ID_CONV_SEQUENCE_OVERFLOW', false],
      ['50043', 'ID_NEGATIVE', false],
      ['50044', 'ID_INVALID_VERSION', false],
      ['50045', 'ID_INVALID_VARIANT', false],
      ['50046', 'ID_PRECISION_UNKNOWN', false],
      ['50047', 'ID_TIMESTAMP_OUT_OF_RANGE', false],
    ]);
  });

  test('the words of the server are kept, and its error is the cause', () => {
    const raised = { message: 'HeerId generation: node 9 is not registered.' };
    expect(idErrorOfSqlState('50011', raised)).toMatchObject({
      name: 'IdError',
      message: 'HeerId generation: node 9 is not registered. [50011]',
      sqlState: '50011',
      cause: raised,
    });
    expect(idErrorOfSqlState('50011', 'short')!.message).toBe('short [50011]');
  });

  test('other states are none of its business', () => {
    for (const state of ['23505', '50000', 'toString', '']) expect(idErrorOfSqlState(state)).toBeNull();
  });
});
