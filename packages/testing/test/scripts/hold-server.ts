// A process of its own that starts a server, says where, and holds it until its standard input ends or it is killed.
// The parameter is the JSON of the options.
import { startEmbedded, type EmbeddedOptions } from '../../src/provider/embedded.ts';
import { isDjogiError } from '@djogi/core';

try {
  const server = await startEmbedded(JSON.parse(process.argv[2] ?? '{}') as EmbeddedOptions);
  process.stdout.write(`${JSON.stringify({ url: server.url, dataDirectory: server.dataDirectory, uid: process.getuid?.() })}\n`);
  process.stdin.resume().once('end', () => void server.stop());
} catch (error) {
  process.stdout.write(`${JSON.stringify({ failed: isDjogiError(error) ? error.toJSON() : String(error) })}\n`);
  process.exitCode = 1;
}
