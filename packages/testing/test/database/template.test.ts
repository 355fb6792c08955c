import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminConnection } from '../../src/database/admin-connection.ts';
import { templateOf, type Template } from '../../src/database/template.ts';
import { TestDatabase } from '../../src/database/test-database.ts';
import { startEmbedded, type EmbeddedServer } from '../../src/provider/embedded.ts';
import { ask, databasesLike } from './ask.ts';

let server: EmbeddedServer, admin: AdminConnection;
beforeAll(async () => {
  server = await startEmbedded();
  admin = await AdminConnection.open(server.url);
});
afterAll(async () => {
  await admin.close();
  await server.stop();
});

const templates = (): Promise<string[]> => databasesLike(server.url, 'djogi\\_template\\_%');
const clones = (): Promise<string[]> => databasesLike(server.url, 'djogi\\_test\\_%');

describe('a template', () => {
  it('is made once when several workers ask for it at the same time', async () => {
    const before = await templates();
    const admins = await Promise.all([1, 2, 3, 4].map(() => AdminConnection.open(server.url)));
    const databases = await Promise.all(admins.map((each) => TestDatabase.clone(each, templateOf(each, { extensions: ['citext'] }))));
    try {
      expect((await templates()).filter((name) => !before.includes(name))).toHaveLength(1);
      expect(new Set(databases.map((db) => db.name)).size).toBe(4);
      for (const db of databases) expect(await ask(db.url(), `select 'A'::citext = 'a' as same`)).toEqual([{ same: true }]);
    } finally {
      await Promise.all(databases.map((db) => db.drop()));
      await Promise.all(admins.map((each) => each.close()));
    }
  });

  it('takes no connections', async () => {
    const name = await templateOf(admin, {}).name();
    const url = new URL(server.url);
    url.pathname = `/${name}`;
    await expect(ask(url.href, 'select 1')).rejects.toMatchObject({ code: '55000' });
  });

  it('has one name whatever the order of the extensions, and another for others', async () => {
    const nameOf = (extensions: string[]): Promise<string> => templateOf(admin, { extensions }).name();
    expect(await nameOf(['hstore', 'citext'])).toBe(await nameOf(['citext', 'hstore', 'citext']));
    expect(await nameOf(['hstore'])).not.toBe(await nameOf(['citext']));
  });

  it('is made again when somebody dropped it', async () => {
    const template = templateOf(admin, { extensions: ['ltree'] });
    const name = await template.name();
    await admin.run(`ALTER DATABASE ${name} IS_TEMPLATE false`);
    await admin.run(`DROP DATABASE ${name}`);
    const db = await TestDatabase.clone(admin, template);
    expect(await ask(db.url(), `select 'a.b'::ltree::text as path`)).toEqual([{ path: 'a.b' }]);
    await db.drop();
  });

  it('that was left half made is thrown away', async () => {
    const template = templateOf(admin, { extensions: ['cube'] });
    const name = await template.name();
    await admin.run(`ALTER DATABASE ${name} IS_TEMPLATE false`);
    await admin.run(`DROP DATABASE ${name}`);
    await admin.run(`CREATE DATABASE ${name}`);
    const db = await TestDatabase.clone(admin, templateOf(admin, { extensions: ['cube'] }));
    expect(await ask(db.url(), `select extname from pg_extension where extname = 'cube'`)).toHaveLength(1);
    await db.drop();
  });
});

describe('an extension', () => {
  it.each(['post-gis', '', '1st', 'a"b', '__djogi_x', 'a;b'])('named %j is refused before anything is created', async (name) => {
    const before = [await templates(), await clones()];
    expect(() => templateOf(admin, { extensions: ['citext', name] })).toThrow(
      expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ path: 'extensions[1]' })] }),
    );
    expect([await templates(), await clones()]).toEqual(before);
  });

  it('that the server does not have is named, and no database stays behind', async () => {
    const before = [await templates(), await clones()];
    const attempt = async (): Promise<Template> => {
      const made = templateOf(admin, { extensions: ['nosuchext'] });
      await made.name();
      return made;
    };
    await expect(attempt()).rejects.toMatchObject({
      code: 'DATABASE',
      sqlState: '0A000',
      message: expect.stringContaining('nosuchext') as unknown,
    });
    expect([await templates(), await clones()]).toEqual(before);
  });
});

describe('a test database', () => {
  it('is called djogi_test_ and 32 lower-case hex digits', async () => {
    const db = await TestDatabase.clone(admin, templateOf(admin, {}));
    expect(db.name).toMatch(/^djogi_test_[0-9a-f]{32}$/);
    await db.drop();
  });

  it('generates ids for node 1 on any connection to it', async () => {
    const db = await TestDatabase.clone(admin, templateOf(admin, {}));
    expect(
      await ask(
        db.url(),
        `select current_setting('heer.node_id') as node, current_setting('heer.ranj_node_id') as ranj, current_heer_node_id() as bound`,
      ),
    ).toEqual([{ node: '1', ranj: '1', bound: 1 }]);
    await db.drop();
  });

  it('is dropped while others are connected, and dropping it again does nothing', async () => {
    const db = await TestDatabase.clone(admin, templateOf(admin, {}));
    const outcome = ask(db.url(), 'select pg_sleep(60)').then(
      () => 'slept',
      (error: { code?: string }) => error.code,
    );
    await expect
      .poll(() => ask(server.url, 'select count(*)::int as n from pg_stat_activity where datname = $1', [db.name]))
      .toEqual([{ n: 1 }]);
    await db.drop();
    expect(await outcome).toBe('57P01');
    await db.drop();
    expect(await clones()).not.toContain(db.name);
  });

  it('that cannot be dropped is a warning', async () => {
    const own = await AdminConnection.open(server.url);
    const db = await TestDatabase.clone(own, templateOf(own, {}));
    await own.close();
    const warned = once(process, 'warning');
    await db.drop();
    expect(await warned).toEqual([
      expect.objectContaining({ code: 'DJOGI_TEST_DATABASE_LEFT', message: expect.stringContaining(db.name) as unknown }),
    ]);
  });
});

describe('an admin connection', () => {
  it('refuses a wrong password with the error of the connection', async () => {
    const url = new URL(server.url);
    url.password = 'guess';
    await expect(AdminConnection.open(url.href)).rejects.toMatchObject({ sqlState: '28P01' });
  });

  it('refuses a URL that overrides its user', async () => {
    await expect(AdminConnection.open(`${server.url}?user=somebody`)).rejects.toMatchObject({ code: 'VALIDATION' });
  });
});
