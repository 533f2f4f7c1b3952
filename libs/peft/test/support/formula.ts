import type { LayerShape } from '../../src/method.js';

/**
 * The number that a written formula of a method gives for a model of one layer, e.g. `r·(in + out)`. Besides the sides
 * of the layer and `r` it may name fields of the configuration and the method's own symbols, both in `values`.
 */
export function evaluateFormula(formula: string, layer: LayerShape, values: object): number {
  const [, general, roles, special, once] = /^(.*?)(?: \(([\w, ]+): (.*)\)| \((\+ .*) once\))?$/.exec(formula)!;
  const expression = (
    layer.role !== undefined && roles?.split(', ').includes(layer.role) ? special! : `${general!} ${once ?? ''}`
  )
    .replaceAll('·', '*')
    .replaceAll('−', '-')
    .replaceAll('²', '**2')
    .replaceAll('min(', 'Math.min(')
    .replaceAll('⌈', 'Math.ceil(')
    .replaceAll('⌉', ')')
    .replace(/\bin\b/g, String(layer.in))
    .replace(/\bout\b/g, String(layer.out))
    .replace(/\br\b/g, 'rank')
    .replace(/\b[a-z]\w*\b(?!\()/g, (name) => String((values as Record<string, unknown>)[name]));
  if (!/^[\d\s+\-*/().,]*$/.test(expression.replace(/Math\.(ceil|min)\(/g, '('))) {
    throw new Error(
      `Formula '${formula}' is not arithmetic over in, out, r and what the method names: '${expression}'`,
    );
  }
  return Function(`return ${expression}`)() as number;
}
