export { type Capacity, type Decision, decide, headroom, heldBytes, listens, type Waiting } from './decide.js';
export { type Outcome, type SimulatedTrial, simulate } from './simulate.js';
export { mixedTrials } from './workload.js';
