export { FLAGS_HELP, parseTrainArguments } from './arguments.js';
export type { TrainArguments, TrainFlags } from './arguments.js';
export { percent, Terminal } from './terminal.js';
export type { TextOutput } from './terminal.js';
export { ExitStatus, runCommand, sentenceOf, statusOf, trainOnTerminal } from './train-command.js';
export { treeText } from './tree-text.js';
export { freeName } from '../trainer/run-folder.js';
