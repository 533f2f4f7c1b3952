/** @file The form of LoRA and of methods that differ from it only in a setting. */
import { asIs, type PeftForm, transposed } from './form.js';

interface LoraConfig {
  rank: number;
  alpha: number;
}

/** The settings of `LORA` that make another method of it. */
interface LoraVariant {
  use_rslora?: true;
  use_dora?: true;
}

/** `lora_A [r, in]` and `lora_B [out, r]`, with the magnitudes of DoRA where the variant has them. */
export function lora<C extends LoraConfig>(variant: LoraVariant = {}): PeftForm<C> {
  return {
    type: 'LORA',
    conv1d: true,
    settings: ({ rank, alpha }, modules) => ({
      ...loraSettings({ r: rank, alpha, ...variant }),
      rank_pattern: others(modules, ({ config }) => config.rank, rank),
      alpha_pattern: others(modules, ({ config }) => config.alpha, alpha),
    }),
    config: ({ r, lora_alpha }) => ({ rank: r, alpha: lora_alpha }),
    trainingOnly: ['lora_dropout'],
    // Draws of A around an update of zero: the base is unchanged.
    equivalent: { init_lora_weights: [undefined, false, 'gaussian', 'orthogonal', 'eva'] },
    columnwise: true,
    tensors: {
      lora_A: transposed('lora_A.weight'),
      lora_B: transposed('lora_B.weight'),
      lora_magnitude_vector: asIs('lora_magnitude_vector'),
    },
  };
}

/** Values of the modules whose value is not the common one, by path. */
export function others<M extends { name: string }>(
  modules: readonly M[],
  value: (module: M) => number,
  common: number,
) {
  return Object.fromEntries(
    modules.map((module) => [module.name, value(module)] as const).filter(([, own]) => own !== common),
  );
}

/** Settings of `LORA`. `init_lora_weights` is true whatever the first values were: peft must not change the base again. */
export function loraSettings({ r, alpha, ...variant }: { r: number; alpha: number } & LoraVariant) {
  return {
    r,
    lora_alpha: alpha,
    lora_dropout: 0,
    init_lora_weights: true,
    use_rslora: false,
    use_dora: false,
    bias: 'none',
    lora_bias: false,
    rank_pattern: {},
    alpha_pattern: {},
    ...variant,
  };
}
