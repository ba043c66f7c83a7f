export { consensusConformance } from './consensus.js';
export type { ConsensusSubject } from './consensus.js';
