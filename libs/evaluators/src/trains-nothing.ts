/** Fields of every method that trains nothing, such as a baseline, a procedure, an examination or an audit. */
export const trainsNothing = {
  parameterFormula: '0',
  memoryFormula: '0',
  usesRank: false,
  startsAtBase: true,
  learningRates: [],
};
