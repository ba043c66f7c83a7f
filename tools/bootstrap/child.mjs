/** Child processes of the bootstrap: quiet ones with a log and a limit, and the verb itself. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const SIGNAL_NUMBER = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

function killGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal);
  }
}

/** Calls `act` for each of the forwarded signals until the returned function is called. */
function onSignals(act) {
  const handlers = FORWARDED.map((signal) => [signal, () => act(signal)]);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}

/**
 * Runs a command in a process group of its own with all output in `log`. Resolves to
 * `{ status, timedOut, signal }`; `signal` is set when this process was asked to end, and the
 * group has been ended by then.
 */
export function runLogged(command, { cwd, env = process.env, log, limitMs, onStart }) {
  mkdirSync(dirname(log), { recursive: true });
  const descriptor = openSync(log, 'w');
  return new Promise((resolve) => {
    const [file, ...args] = command;
    const options = { cwd, env, detached: true, stdio: ['ignore', descriptor, descriptor] };
    let timedOut = false;
    let asked;
    const release = onSignals((signal) => {
      asked = signal;
      killGroup(child, 'SIGTERM');
    });
    const child = spawn(file, args, options);
    if (child.pid !== undefined) onStart?.(child.pid);
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child, 'SIGKILL');
    }, limitMs);
    const finish = (status) => {
      clearTimeout(timer);
      release();
      closeSync(descriptor);
      resolve({ status, timedOut, signal: asked });
    };
    child.once('error', () => finish(127));
    child.once('exit', (code) => finish(code ?? 1));
  });
}

/**
 * Runs the verb with inherited streams and resolves to its exit status (128 + signal when one
 * ended it). A terminal gives SIGINT to the whole group, so it is passed on only without one.
 */
export function runVerb(command, { cwd, env }) {
  return new Promise((resolve) => {
    const [file, ...args] = command;
    const release = onSignals((signal) => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
    const child = spawn(file, args, { cwd, env, stdio: 'inherit' });
    const finish = (status) => {
      release();
      resolve(status);
    };
    child.once('error', () => finish(127));
    child.once('exit', (code, signal) => finish(code ?? 128 + (SIGNAL_NUMBER[signal] ?? 0)));
  });
}

const COMPILER_ERROR = /\berror TS\d+:|\bnpm error (code|Missing)/;
const LINES = 12;

/** What went wrong according to a log: its first errors, or its last lines. */
export function reasonIn(log) {
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  const errors = [...new Set(lines.filter((line) => COMPILER_ERROR.test(line)))];
  return (errors.length > 0 ? errors.slice(0, LINES) : lines.slice(-LINES)).join('\n');
}
