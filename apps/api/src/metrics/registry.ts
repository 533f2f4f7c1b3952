/** Token of the Prometheus registry of this process. */
export const REGISTRY = Symbol('registry');
