#!/usr/bin/env node
import { main } from './main.js';
import { runCommand } from './train-command.js';

await runCommand('ganglion', (terminal) => main(process.argv.slice(2), terminal));
