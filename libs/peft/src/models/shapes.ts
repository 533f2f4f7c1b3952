/** @file Architectures that are known by their shapes alone: estimates of torch read them, and nothing here runs them. */
import type { Architecture, CommonConfig } from './architecture.js';
import type { Graph, ShapeOperations } from './graph.js';

/** Fills in what no estimate asks for. */
export function defineShapes<C extends CommonConfig>({
  huggingFace,
  ...architecture
}: Omit<Architecture<C>, 'pool' | 'huggingFace'> & {
  huggingFace: Omit<Architecture<C>['huggingFace'], 'json'>;
}): Architecture<C> {
  const json = (): never => {
    throw new Error(`${architecture.name} is known by its shapes alone, and no model of it is written`);
  };
  return {
    ...architecture,
    pool: (graph, _, hidden) => graph.meanTokens(hidden),
    huggingFace: { ...huggingFace, json },
  };
}

/** @throws Error of a graph that runs, which has no such operations */
export function ofShapes<T>({ shapes }: Graph<T>): ShapeOperations<T> {
  if (shapes === undefined) throw new Error('The model is known by its shapes alone: nothing here computes it');
  return shapes;
}

/** Stands for the frequencies of positions that turn so many numbers of a head. */
export const angles = (turned: number): Float64Array => new Float64Array(turned / 2);
