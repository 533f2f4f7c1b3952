import type { LayerShape } from '../../src/method.js';

/**
 * The number a method's written parameter formula gives for a layer, e.g. `r·(in + out)`. Besides the sides of the layer
 * and `r` it may name numeric fields of the configuration.
 * A part in brackets, `out (down: in)`, is the formula of layers of that role.
 */
export function evaluateFormula(formula: string, layer: LayerShape, config: object): number {
  const [, general, role, special] = /^(.*?)(?: \((\w+): (.*)\))?$/.exec(formula)!;
  const expression = (role !== undefined && role === layer.role ? special! : general!)
    .replaceAll('·', '*')
    .replaceAll('²', '**2')
    .replaceAll('min(', 'Math.min(')
    .replaceAll('⌈', 'Math.ceil(')
    .replaceAll('⌉', ')')
    .replace(/\bin\b/g, String(layer.in))
    .replace(/\bout\b/g, String(layer.out))
    .replace(/\br\b/g, 'rank')
    .replace(/\b[a-z]\w*\b(?!\()/g, (name) => String((config as Record<string, unknown>)[name]));
  if (!/^[\d\s+\-*/().,]*$/.test(expression.replace(/Math\.(ceil|min)\(/g, '('))) {
    throw new Error(
      `Parameter formula '${formula}' is not arithmetic over in, out, r and fields of the configuration: '${expression}'`,
    );
  }
  return Function(`return ${expression}`)() as number;
}
