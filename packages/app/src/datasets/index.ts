export { characters } from './characters.js';
export type { CharactersOptions } from './characters.js';
export { clusters, clustersDefaults } from './clusters.js';
export type { ClustersOptions } from './clusters.js';
export { mnist, mnistDefaults } from './mnist.js';
export type { MnistOptions } from './mnist.js';
export { mobyDick } from './moby-dick.js';
