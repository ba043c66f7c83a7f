/** `npm run bench`: runs what the command line names. */
import { bench } from './bench.js';
import { suites } from './suites/suites.js';

process.exitCode = await bench(process.argv.slice(2), suites, {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
