// Runs beside first.story.ts, in another process on the same server.
import { appendFileSync } from 'node:fs';
import { expect } from 'vitest';
import { djogiTest } from '../../src/index.ts';

const test = djogiTest({ extensions: ['pg_trgm'] });

test.for([1, 2, 3])('has the server of the run (%i)', (_, { db }) => {
  appendFileSync(process.env['STORY_NOTES']!, `${db.name} ${new URL(db.url()).port}\n`);
  expect(db.name).toMatch(/^djogi_test_/);
});
