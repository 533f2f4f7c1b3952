import type { LayerShape } from '../../src/method.js';

/**
 * The number that a written formula of a method gives for a model of one layer, e.g. `r·(in + out)`. Besides the sides
 * of the layer and `r` it may name fields of the configuration and the method's own symbols, both in `values`.
 */
export function evaluateFormula(formula: string, layer: LayerShape, values: object): number {
  const [, general, roles, special, once] = /^(.*?)(?: \(([\w, ]+): (.*)\)| \((\+ .*) once\))?$/.exec(formula)!;
  const chosen =
    layer.role !== undefined && roles?.split(', ').includes(layer.role) ? special! : `${general!} ${once ?? ''}`;
  return arithmetic(chosen, { ...values, in: layer.in, out: layer.out });
}

/**
 * The number that a written formula of an optimizer gives for one tensor, e.g. `2·size (vector: size)`: with `which` the
 * formula in brackets of that name.
 *
 * @throws Error where the brackets have none of that name
 */
export function evaluateStateFormula(
  formula: string,
  { shape, which }: { shape: readonly number[]; which: string | undefined },
  values: object,
): number {
  const [, general, others = ''] = /^(.*?)(?: \(([\w ]+: .*)\))?$/.exec(formula)!;
  const named = new Map(others.split('; ').map((each) => each.split(': ') as [string, string]));
  const chosen = which === undefined ? general : named.get(which);
  if (chosen === undefined) throw new Error(`Formula '${formula}' has no case '${which}'`);
  const size = shape.reduce((product, side) => product * side, 1);
  return arithmetic(chosen, { ...values, size, ...(shape.length === 2 && { in: shape[0], out: shape[1] }) });
}

/** @throws Error where a name has no value */
function arithmetic(formula: string, names: Record<string, unknown>): number {
  const expression = formula
    .replaceAll('·', '*')
    .replaceAll('−', '-')
    .replaceAll('²', '**2')
    .replace(/\b(min|max)\(/g, 'Math.$1(')
    .replaceAll('⌊', 'Math.floor(')
    .replaceAll('⌋', ')')
    .replaceAll('⌈', 'Math.ceil(')
    .replaceAll('⌉', ')')
    .replace(/\br\b/g, 'rank')
    .replace(/\b(?<!Math\.)[a-z]\w*\b/g, (name) => String(names[name]));
  if (!/^[\d\s+\-*/().,]*$/.test(expression.replace(/Math\.(ceil|floor|min|max)\(/g, '('))) {
    throw new Error(
      `Formula '${formula}' is not arithmetic over in, out, r and what the method names: '${expression}'`,
    );
  }
  return Function(`return ${expression}`)() as number;
}
