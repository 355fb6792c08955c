import { describe, expect, it } from 'vitest';
import { parseServerUrl, serverUrl, url } from '../../src/provider/url.ts';

describe('the url provider', () => {
  it.each([undefined, '', '  '])('names the variable when there is no server (%j)', (given) => {
    const before = process.env['DATABASE_URL'];
    delete process.env['DATABASE_URL'];
    try {
      expect(() => url(given)).toThrow(
        expect.objectContaining({
          code: 'DATABASE_URL_MISSING',
          variable: 'DATABASE_URL',
          message: expect.stringContaining('DATABASE_URL') as unknown,
        }),
      );
    } finally {
      if (before !== undefined) process.env['DATABASE_URL'] = before;
    }
  });

  it.each(['user', 'password', 'dbname', 'database', 'DBNAME', '%75ser', 'pass%77ord', 'db%6eame'])(
    'refuses the query parameter %s',
    (name) => {
      expect(() => url(`postgres://me@localhost/app?sslmode=disable&${name}=x`)).toThrow(
        expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ path: 'url', rule: 'query_parameter' })] }),
      );
    },
  );

  it.each(['localhost', 'mysql://localhost/app', 'postgres://[', 'http://secret@localhost'])('refuses %s without quoting it', (text) => {
    expect(() => url(text)).toThrow(
      expect.objectContaining({ code: 'VALIDATION', message: expect.not.stringContaining('secret') as unknown }),
    );
  });

  it('keeps the other parts when the database and the user change', () => {
    expect(serverUrl('postgresql://me:p%40ss@db.example:6543/app?sslmode=disable', { database: 'djogi_test_1' })).toBe(
      'postgresql://me:p%40ss@db.example:6543/djogi_test_1?sslmode=disable',
    );
    expect(serverUrl('postgres://me:old@localhost/app', { database: 'x', user: 'you', password: 'a/b@c' })).toBe(
      'postgres://you:a%2Fb%40c@localhost/x',
    );
  });

  it('sets a user also where the host is a socket folder', () => {
    const changed = parseServerUrl(serverUrl('postgres:///app?host=/run/postgresql', { database: 'x', user: 'you', password: 'secret' }));
    expect([changed.username, changed.password, changed.pathname, changed.searchParams.get('host')]).toEqual([
      'you',
      'secret',
      '/x',
      '/run/postgresql',
    ]);
  });
});
