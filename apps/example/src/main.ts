// npm start: sets up whatever is missing, loads the data, and answers some questions.

import { fileURLToPath } from 'node:url';
import { openDatabase } from './database.ts';
import { loadMissing } from './load.ts';
import { printAnswer, sourceOf } from './print.ts';
import { questions } from './questions.ts';

const dataDirectory = fileURLToPath(new URL('../../../.djogi/atlas', import.meta.url));

const started = performance.now();
const statements: string[] = [];
const database = await openDatabase(dataDirectory, (event) => {
  statements.push(event.sql);
});
try {
  console.log(`The database is ready (${((performance.now() - started) / 1000).toFixed(1)} s).`);
  if (database.made.length > 0) console.log(`Made: ${database.made.join(', ')}.`);
  if ((await loadMissing(database.ctx)) === 0) console.log('The data is there from an earlier run.');

  for (const [at, { title, ask }] of questions.entries()) {
    statements.length = 0;
    const asked = performance.now();
    const rows = await ask(database.ctx);
    printAnswer({ number: at + 1, title, source: sourceOf(ask), statements: [...statements], rows, ms: performance.now() - asked });
  }
  console.log(`\nAll of it took ${((performance.now() - started) / 1000).toFixed(1)} s.`);
} finally {
  await database.close();
}
