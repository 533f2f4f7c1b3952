/** Multiplications of `[…, m, k] · […, k, n]`, whichever operand is turned: √(m·k · k·n · m·n). */
export function multiplyAdds({
  name,
  inputShapes,
  outputShapes,
}: {
  name: string;
  inputShapes: unknown;
  outputShapes: unknown;
}) {
  if (!/MatMul$/.test(name)) return 0;
  const [a, b, [out]] = [...(inputShapes as number[][]).slice(0, 2), outputShapes as number[][]] as [
    number[],
    number[],
    number[][],
  ];
  const batch = out!.slice(0, -2).reduce((product, side) => product * side, 1);
  const [x, y, z] = [a, b, out!].map((shape) => shape.slice(-2).reduce((product, side) => product * side, 1));
  return batch * Math.sqrt(x! * y! * z!);
}
