/** A started process of which tests wait for what it says, never for a time. */
import { spawn } from 'node:child_process';

/**
 * Starts `command`. `waitForOutput(stream, text)` resolves when the stream has said the text;
 * `ended` to `{ status, signal, stdout, stderr }`.
 */
export function startProcess([file, ...args], options) {
  const child = spawn(file, args, options);
  const output = { stdout: '', stderr: '' };
  const waiting = [];
  const settle = () => {
    for (const { name, text, resolve } of waiting) if (output[name].includes(text)) resolve();
  };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      output[name] += text;
      settle();
    });
  }
  return {
    child,
    waitForOutput: (name, text) =>
      new Promise((resolve) => {
        waiting.push({ name, text, resolve });
        settle();
      }),
    ended: new Promise((resolve) => {
      child.once('close', (status, signal) => resolve({ status, signal, ...output }));
    }),
  };
}
