/** @file An adapter whose method Python peft has: its own tensors under peft's names. */
import type { HostState, HostTensor } from '../method.js';
import type { AdapterTensor } from '../training/plan.js';
import { keyOf, MODULE, type PeftForm } from './form.js';
import type { ExportPlan } from './route.js';

/** A tensor of the adapter file, the peft key it has, and how one becomes the other. */
export interface NativeTensor {
  path: string;
  key: string;
  write(tensor: HostTensor): HostState;
  read(tensor: HostTensor): HostTensor;
}

/**
 * Every tensor of a native adapter that its file holds, in the adapter's order: one of a group for each of its layers.
 *
 * @throws Error naming a tensor of the method that its form does not name
 */
export function nativeTensors(form: PeftForm<unknown>, { trial, modules }: ExportPlan): NativeTensor[] {
  const owners = new Map(
    modules.map(({ name, targeted }, number) => {
      return [targeted[0]!.path, { ...targeted[0]!, prefix: `${MODULE}${name}.`, number }];
    }),
  );
  const layers = trial.layers.map(({ shape }) => shape);
  const held = trial.adapters.filter(({ name }) => form.derived?.[name] === undefined);
  return held.flatMap(({ path, name, scope, users }: AdapterTensor) => {
    const tensor = form.tensors[name];
    if (tensor === undefined) throw new Error(`The peft form ${form.type} does not say how ${name} is stored`);
    // A tensor of model scope moves its numbers in the same way whatever the layer.
    const of = scope === 'model' ? [trial.layers[0]!.path] : users;
    return of.map((user): NativeTensor => {
      const owner = owners.get(user)!;
      const place = { layer: owner.shape, config: owner.config, layers };
      return {
        path,
        key: keyOf(tensor, scope === 'model' ? undefined : owner),
        write(value) {
          const { shape, values } = tensor.write(value, place);
          return { shape, values: tensor.whole ? Int32Array.from(values) : values };
        },
        read: (value) => tensor.read(value, place),
      };
    });
  });
}

/** Tensors of zeros that the file of a native adapter holds besides, by key. */
export function zerosBeside(form: PeftForm<unknown>, { modules }: ExportPlan): [string, HostTensor][] {
  return modules.flatMap(({ name, targeted }) =>
    Object.entries(form.zeros?.(targeted[0]!.shape) ?? {}).map(([tensor, shape]): [string, HostTensor] => [
      `${MODULE}${name}.${tensor}`,
      { shape, values: new Float32Array(shape.reduce((product, size) => product * size, 1)) },
    ]),
  );
}
