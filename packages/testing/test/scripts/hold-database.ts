// A process of its own that opens test databases on the server in DATABASE_URL, says their names, and holds them until it is killed.
// The parameter is how many.
import { setupTestDb } from '../../src/index.ts';

const setups = await Promise.all(Array.from({ length: Number(process.argv[2] ?? '1') }, () => setupTestDb({ extensions: ['pg_trgm'] })));
process.stdout.write(`${JSON.stringify(setups.map(({ db }) => db.name))}\n`);
process.stdin.resume().once('end', () => void Promise.all(setups.map((setup) => setup.dispose())));
