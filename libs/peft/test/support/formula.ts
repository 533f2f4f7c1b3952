import type { LayerShape } from '../../src/method.js';

/**
 * The number a method's written parameter formula gives for a model of one layer, e.g. `r·(in + out)`. Besides the sides
 * of the layer and `r` it may name fields of the configuration and the method's own symbols, both in `values`.
 */
export function evaluateFormula(formula: string, layer: LayerShape, values: object): number {
  const [, general, role, special, once] = /^(.*?)(?: \((\w+): (.*)\)| \((\+ .*) once\))?$/.exec(formula)!;
  const expression = (role !== undefined && role === layer.role ? special! : `${general!} ${once ?? ''}`)
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
      `Parameter formula '${formula}' is not arithmetic over in, out, r and what the method names: '${expression}'`,
    );
  }
  return Function(`return ${expression}`)() as number;
}
