import type { LayerShape } from '../../src/method.js';

/**
 * The number a method's written parameter formula gives for a layer, e.g. `r·(in + out)`.
 * A part in brackets, `out (down: in)`, is the formula of layers of that role.
 */
export function evaluateFormula(formula: string, layer: LayerShape, rank = 0): number {
  const [, general, role, special] = /^(.*?)(?: \((\w+): (.*)\))?$/.exec(formula)!;
  const expression = (role !== undefined && role === layer.role ? special! : general!)
    .replaceAll('·', '*')
    .replaceAll('²', '**2')
    .replaceAll('⌈', 'Math.ceil(')
    .replaceAll('⌉', ')')
    .replace(/\bin\b/g, String(layer.in))
    .replace(/\bout\b/g, String(layer.out))
    .replace(/\br\b/g, String(rank));
  if (!/^[\d\s+*().]*$/.test(expression.replaceAll('Math.ceil', ''))) {
    throw new Error(`Parameter formula '${formula}' is not arithmetic over in, out and r: '${expression}'`);
  }
  return Function(`return ${expression}`)() as number;
}
