/** @file The form of LoRA and of methods that differ from it only in a setting. */
import { PeftAdapterError } from './error.js';
import { padded, patternValue, rankOf } from './even.js';
import { asIs, type KeyedModule, type PeftFiles, type PeftForm, transposed } from './form.js';

interface LoraConfig {
  rank: number;
  alpha: number;
}

/** The settings of `LORA` that make another method of it. */
interface LoraVariant {
  use_rslora?: true;
  use_dora?: true;
  /** First values that stay in part. Default: those of LoRA. */
  init_lora_weights?: 'mica';
}

/** `lora_A [r, in]` and `lora_B [out, r]`, with the magnitudes of DoRA where the variant has them. */
export function lora<C extends LoraConfig>(variant: LoraVariant = {}): PeftForm<C> {
  return {
    type: 'LORA',
    conv1d: true,
    // MiCA's adapters are read from the kernel as it is opened.
    ...(!variant.init_lora_weights && { packed: true as const }),
    settings: ({ rank, alpha }, modules) => ({
      ...loraSettings({ r: rank, alpha, ...variant }),
      rank_pattern: others(modules, ({ config }) => config.rank, rank),
      alpha_pattern: others(modules, ({ config }) => config.alpha, alpha),
    }),
    config: ({ r, lora_alpha }) => ({ rank: r, alpha: lora_alpha }),
    // How EVA began stands beside its name.
    trainingOnly: ['lora_dropout', 'eva_config'],
    // Draws of A around an update of zero: the base is unchanged.
    equivalent: { init_lora_weights: [undefined, false, 'gaussian', 'orthogonal', 'eva'] },
    onceTrained: { init_lora_weights: ['eva'] },
    unreadable: {
      init_lora_weights:
        'its base was changed by the first values; save it with path_initial_model_for_weight_conversion as plain LoRA',
    },
    even: evenLora,
    columnwise: true,
    tensors: {
      lora_A: transposed('lora_A.weight'),
      lora_B: transposed('lora_B.weight'),
      lora_magnitude_vector: asIs('lora_magnitude_vector'),
    },
  };
}

const axes = { 'lora_A.weight': 0, 'lora_B.weight': 1 } as const;

/** `s = alpha / r`, or `alpha / √r`, of every module moves into B as a multiple of the scale that all have then. */
function evenLora({ settings, tensors }: PeftFiles, modules: readonly KeyedModule[]): PeftFiles {
  const { rank_pattern, alpha_pattern, r, lora_alpha, use_rslora } = settings;
  if ([rank_pattern, alpha_pattern].every((pattern) => Object.keys(pattern ?? {}).length === 0)) {
    return { settings, tensors };
  }
  const own = modules.map((module) => ({
    module,
    rank: rankOf(tensors, module, axes),
    said: patternValue(rank_pattern, 'rank_pattern', module.name) ?? Number(r),
    alpha: patternValue(alpha_pattern, 'alpha_pattern', module.name) ?? Number(lora_alpha),
  }));
  const wrong = own.find(({ rank, said }) => rank !== said);
  if (wrong) {
    const { module, rank, said } = wrong;
    throw new PeftAdapterError(
      `${module.prefix}lora_A.weight has rank ${rank}, and adapter_config.json says ${said} (r, rank_pattern)`,
    );
  }
  const [first] = own;
  if (!first || own.every(({ rank, alpha }) => rank === first.rank && alpha === first.alpha)) {
    return { settings: { ...settings, ...plain(first?.rank ?? r, first?.alpha ?? lora_alpha) }, tensors };
  }
  const root = use_rslora === true ? Math.sqrt : (value: number) => value;
  const rank = Math.max(...own.map((each) => each.rank));
  const alpha = Number(lora_alpha);
  const scales = new Map(own.map((each) => [each.module, each.alpha / root(each.rank) / (alpha / root(rank))]));
  const factors = (module: KeyedModule) => ({ 'lora_B.weight': scales.get(module)! });
  const entries = padded(tensors, modules, { axes, rank, factors });
  return { settings: { ...settings, ...plain(rank, alpha) }, tensors: new Map([...tensors, ...entries]) };
}

const plain = (r: unknown, lora_alpha: unknown) => ({ r, lora_alpha, rank_pattern: {}, alpha_pattern: {} });

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
