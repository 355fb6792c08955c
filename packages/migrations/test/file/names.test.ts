// Names of migrations, buckets and locks, and checksums: the vectors that every version of the package has to meet.

import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { advisoryLockKey, bucketName, bucketOf, checksumDownOf, checksumOf, slugOf, versionOf } from '../../src/index.ts';
import { checkChecksum } from '../../src/file/checksum.ts';
import { timeoutOf, timeoutText } from '../../src/file/timeout.ts';
import { TOOL_VERSION } from '../../src/file/tool-version.ts';

test.for([
  ['AddUsers', 'addusers'],
  ['add users', 'add_users'],
  ['add-users.now', 'add_users_now'],
  ['123_things', 'm_123_things'],
  ['!!!', 'migration'],
  ['add_zażółć', 'add_za'],
  ['__a__b__', 'a_b'],
  ['İstanbul', 'stanbul'],
])('the slug of %s is %s', ([name, slug]) => {
  expect(slugOf(name!)).toBe(slug);
});

test('a slug has at most 63 bytes and does not end in an underscore', () => {
  expect(slugOf(`${'a'.repeat(62)} b`)).toBe('a'.repeat(62));
});

test('a version has digits of its own in its bucket', () => {
  const now = new Date('2026-04-25T23:59:59.900Z');
  const first = versionOf('Add users', now);
  expect(first).toBe('V20260425235959__add_users');
  expect(versionOf('other', now, [first])).toBe('V20260426000000__other');
});

test('a bucket is named by its database and app', () => {
  expect(bucketName({ database: 'main', app: '' })).toBe('main/_global_');
  expect(bucketOf('crud_log/audit')).toEqual({ database: 'crud_log', app: 'audit' });
  for (const name of ['main', 'Main/x', 'main/a/b', 'main/9x', 'main/', '../x'])
    expect(() => bucketOf(name)).toThrow(expect.objectContaining({ code: 'MIGRATION_FILE', rule: 'bucket' }));
});

test.for([
  [{ database: 'main', app: '' }, 3173983500847049039n],
  [{ database: 'main', app: 'billing' }, -5731012355980425232n],
  [{ database: 'crud_log', app: 'audit' }, -2008136323190559238n],
] as const)('the lock of %o is %s', ([bucket, key]) => {
  expect(advisoryLockKey(bucket)).toBe(key);
});

test.for([
  [['SELECT 1;'], 'V1:17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a'],
  [['SELECT 1;', 'SELECT 2;'], 'V1:f64316e71b25e7e950d2440c39420b51dfcc2931e172a923d5b7f89fdc67342d'],
  [[], 'V1:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
] as const)('the checksum of %o is %s', ([fragments, checksum]) => {
  expect(checksumOf(fragments)).toBe(checksum);
});

test('a checksum sees neither line ends nor a byte order mark nor blanks at the end', () => {
  expect(checksumOf(['\uFEFFSELECT 1\r\n, 2; \r\n\n'])).toBe(checksumOf(['SELECT 1\n, 2;']));
  expect(checksumOf([' SELECT 1'])).not.toBe(checksumOf(['SELECT 1']));
});

test('a way back of comments only has no checksum', () => {
  expect(checksumDownOf(['-- there is none', '/* ; */'])).toBeNull();
  expect(checksumDownOf(['-- one', 'SELECT 1'])).toBe(checksumOf(['-- one', 'SELECT 1']));
});

test.for([
  ['17db', 'no V1:'],
  ['V2:17db', 'kind that this version does not know'],
  ['V1:17db', '4 digits'],
  [`V1:${'A'.repeat(64)}`, 'offset 3'],
])('the checksum %s is refused', ([value, words]) => {
  expect(() => checkChecksum(value!, { file: 'x' })).toThrow(
    expect.objectContaining({ rule: 'checksum_format', message: expect.stringContaining(words!) }),
  );
});

test('a timeout is written in its largest unit and read back', () => {
  for (const ms of [0, 1, 1500, 30_000, 600_000, 7_200_000]) expect(timeoutOf(timeoutText(ms))).toBe(ms);
  expect(timeoutText(600_000)).toBe('10m');
  for (const text of ['', '10', '-1s', '1.5s', '10 m', '9999999999h']) expect(timeoutOf(text)).toBeNull();
});

test('the version in sidecars is that of the package', async () => {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  expect(TOOL_VERSION).toBe(version);
});
