/** @file The layers that architectures are listed from. */
import type { LayerShape } from '../method.js';
import type { Module, Source, SourcedParameter } from './architecture.js';

/** A linear layer. `source` is its Hugging Face module: `conv1d` stores `[in, out]`, `linear` stores `[out, in]`. */
export function linearModule(options: {
  path: string;
  name: string;
  shape: LayerShape;
  source: { module: string; layout: 'linear' | 'conv1d'; part?: Source['part'] };
}): Module {
  const { path, name, shape } = options;
  return { linear: { path, name, shape }, parameters: linearParameters(options) };
}

/** Kernels of experts in one parameter; `stored` is the name of its tensor. */
export function stackModule(
  path: string,
  stored: string,
  { in: inputs, out, stack }: Required<Pick<LayerShape, 'in' | 'out' | 'stack'>>,
): Module {
  const shape = [...(stack.count > 1 ? [stack.count] : []), inputs, out];
  return {
    linear: { path, name: path.slice(path.lastIndexOf('.') + 1), shape: { in: inputs, out, bias: false, stack } },
    parameters: [{ path: `${path}.kernel`, kind: 'kernel', shape, source: { name: stored, transposed: true } }],
  };
}

function linearParameters({
  path,
  shape,
  source: { module, layout, part },
}: Omit<Parameters<typeof linearModule>[0], 'name'>): SourcedParameter[] {
  const shared = part ? { part } : {};
  const transposed = layout === 'linear' ? ({ transposed: true } as const) : {};
  return [
    {
      path: `${path}.kernel`,
      kind: 'kernel',
      shape: [shape.in, shape.out],
      source: { name: `${module}.weight`, ...transposed, ...shared },
    },
    ...(shape.bias
      ? [
          {
            path: `${path}.bias`,
            kind: 'bias' as const,
            shape: [shape.out],
            source: { name: `${module}.bias`, ...shared },
          },
        ]
      : []),
  ];
}

/** Layers of equally many units, `layers.0` and so on, which `targets` call `fc_1` and so on. */
export const layersOfUnits = ({ inputs, width, layers }: { inputs: number; width: number; layers: number }): Module[] =>
  Array.from({ length: layers }, (_, index) =>
    linearModule({
      path: `layers.${index}`,
      name: `fc_${index + 1}`,
      shape: { in: index === 0 ? inputs : width, out: width, bias: true },
      source: { module: `layers.${index}`, layout: 'linear' },
    }),
  );

/** A table of embeddings that a trial may target, a row for each of `shape.in` ids. `name` is that of the stored tensor. */
export function targetTableModule(
  path: string,
  name: string,
  size: Pick<LayerShape, 'in' | 'out'>,
  stored: string,
): Module {
  const shape: LayerShape = { ...size, bias: false, table: true };
  const { parameters } = tableModule(`${path}.kernel`, 'embedding', [shape.in, shape.out], stored);
  return { linear: { path, name, shape }, parameters };
}

/** A linear layer that carries no adapter. `shape` is that of the stored weight, where it is not `[out, in]`. */
export function projectionModule(
  path: string,
  inputs: number,
  outputs: number,
  module: string,
  stored: Pick<Source, 'shape'> = {},
): Module {
  const shape = { in: inputs, out: outputs, bias: true };
  const [kernel, bias] = linearParameters({ path, shape, source: { module, layout: 'linear' } });
  return { parameters: [{ ...kernel!, source: { ...kernel!.source, ...stored } }, bias!] };
}

/** Gain and bias of a layer normalization. */
export function layerNormModule(path: string, width: number, module: string): Module {
  return {
    parameters: [
      { path: `${path}.gain`, kind: 'norm-gain', shape: [width], source: { name: `${module}.weight` } },
      { path: `${path}.bias`, kind: 'norm-bias', shape: [width], source: { name: `${module}.bias` } },
    ],
  };
}

/** Gain of a root-mean-square normalization. `lessBy`: a file holds the gain less so much. */
export function rmsNormModule(
  path: string,
  width: number,
  module: string,
  stored: Pick<Source, 'lessBy'> = {},
): Module {
  const source = { name: `${module}.weight`, ...stored };
  return { parameters: [{ path: `${path}.gain`, kind: 'norm-gain', shape: [width], source }] };
}

/** A table `[height, width]` of rows that are looked up. */
export function tableModule(
  path: string,
  kind: 'embedding' | 'position-embedding',
  shape: [height: number, width: number],
  name: string,
  more: Pick<Source, 'outside' | 'shape'> = {},
): Module {
  return { parameters: [{ path, kind, shape, source: { name, ...more } }] };
}
