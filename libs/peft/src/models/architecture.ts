/** @file An architecture is one record per file of architectures/, and nothing outside it asks for its name. */
import type { z } from 'zod';
import type { BaseParameter, LayerShape } from '../method.js';
import type { ConfigReader } from './config-reader.js';
import type { ModelDropout } from './dropout.js';
import type { Graph } from './graph.js';

/** A linear layer, or a table of embeddings, that a trial may target. */
export interface LinearLayer {
  /** e.g. `blocks.0.attention.query` */
  path: string;
  /** Its name within a block; a trial's `targets` are made of these. */
  name: string;
  shape: LayerShape;
}

/** Where a Hugging Face file holds a parameter. */
export interface Source {
  /** Name of the tensor without the architecture's prefix, e.g. `h.0.attn.c_attn.weight`. */
  name: string;
  /** `nn.Linear` stores `[out, in]`, the transpose of ours. */
  transposed?: true;
  /** The tensor holds the outputs of several layers side by side: these are part `index` of `count`. */
  part?: { index: number; count: number };
  /** The stored shape, where it is another one for the same order of elements, e.g. that of a convolution. */
  shape?: readonly number[];
  /** The name never has the prefix: the tensor belongs to a head. */
  outside?: true;
  /** The tensor holds the parameter's difference from this. */
  lessBy?: number;
}

/** A parameter of the base model before anything is targeted. */
export type ParameterSpec = Omit<BaseParameter, 'targeted'>;

/** A parameter, and where it comes from. Parameters of a head that only we have come from nowhere. */
export interface SourcedParameter extends ParameterSpec {
  source: Source;
}

/** A layer: its parameters in order, and the linear layer it is, where a trial may target it. */
export interface Module {
  parameters: readonly SourcedParameter[];
  linear?: LinearLayer;
}

/** Fields of every architecture's configuration. */
export interface CommonConfig {
  architecture: string;
  /** Width of the hidden states. */
  width: number;
  /** Blocks, or layers where there are none. */
  layers: number;
}

/** Further fields of the configuration of a transformer: its blocks consist of attention heads and feed-forward units. */
export interface TransformerConfig extends CommonConfig {
  heads: number;
  /** Heads of keys and values. Default `heads`. */
  keyHeads?: number;
  /** Default `width / heads`. */
  headWidth?: number | undefined;
  /** Units between the two halves of the feed-forward part of a block. */
  mlpWidth: number;
}

/**
 * The input of a model. `contextLength` is that of its longest sequence; `cardinalities` say how many ids each field has; `count` how many
 * numbers an example has at most.
 */
export type ModelInputKind =
  | { kind: 'tokens'; vocabularySize: number; contextLength: number }
  | { kind: 'fields'; cardinalities: number[] }
  | { kind: 'features'; count: number }
  | { kind: 'image'; height: number; width: number; channels: number };

export interface Architecture<C extends CommonConfig = CommonConfig> {
  /** Value of the configuration's field `architecture`, and the name of the file. */
  name: string;
  /** One line for people. */
  title: string;
  config: z.ZodType<C> & z.core.$ZodTypeDiscriminable;
  input(config: C): ModelInputKind;
  /** Every layer of the base model, in model order. */
  modules(config: C): Module[];
  /** Hidden states after the last block and the final norm, `[rows, width]`. */
  hidden<T>(graph: Graph<T>, config: C): T;
  /** Makes the input of a classification or regression head from an example, from the hidden states → `[batch, width]`. */
  pool<T>(graph: Graph<T>, config: C, hidden: T): T;
  /**
   * Set where no token but of padding is hidden from another, `pool` reads first tokens, and attentions say their block: padding may
   * stand within a row, and the first blocks can encode parts of it apart. Absent: they cannot.
   */
  encodesApart?: true;
  /**
   * Trained from scratch, the two projections into the residual stream start smaller by √(2·layers), as GPT-2's do.
   * Omitted: all matrices start alike.
   */
  scalesResidual?: true;
  /** Rows of tokens are multiplied by it as they are looked up. Absent: by 1. */
  embeddingScale?(config: C): number;
  /** Parameters of a head besides its last linear layer, where `pool` reads some. Default: none. */
  head?(config: C): ParameterSpec[];
  /**
   * Path of the `[vocabulary, width]` table whose product with a hidden state is the next token's logits. Absent: the
   * model is no language model.
   */
  vocabularyTable?(config: C): string;
  /** The next token's logits are bent to `cap · tanh(logit / cap)`. Absent or undefined: they are not. */
  logitCap?(config: C): number | undefined;
  /** The model's own logit that something happens, from the hidden states → `[batch, 1]`. Absent: it predicts no event. */
  eventLogit?<T>(graph: Graph<T>, config: C, hidden: T): T;
  /** Deviation of the normals that a matrix starts from when the model is trained from scratch. Default: 0.02. */
  deviation?(parameter: ParameterSpec): number;
  /**
   * How Hugging Face writes it. Where transformers has no such class: how a file of the same form writes it, with the names
   * of a torch module's tensors.
   */
  huggingFace: {
    /** Values of `model_type`. */
    modelTypes: readonly string[];
    /** From the fields of a `config.json`. */
    config(reader: ConfigReader): C;
    /** Dropout of the model in training. Default: none. */
    dropout?(reader: ConfigReader): ModelDropout;
    /** Set where eager attention computes its softmax in the type of the model. Absent: in float32. */
    softmaxInModel?: true;
    /** Set where norms multiply by their gain in float32, as 1 and what a file holds of it. */
    gainsInFloat32?: true;
    /** Our layers by other names that peft targets them by. Default: those of their modules alone. */
    targets?: Readonly<Record<string, readonly string[]>>;
    /** The other way round: `config.json` of a model, which `config` reads to the same. */
    json(config: C): Record<string, unknown>;
    /** Fields of `json` that transformers refuses where a whole number is written without a point. */
    floats?: readonly string[];
    /**
     * Names in the class for classification of a head that reads what `pool` gives, by our paths, and the module they are in.
     * Absent: no class of transformers has the head that we train.
     */
    classifier?: {
      module: string;
      names: Readonly<Record<string, string>>;
      /** Whether the class computes `pool` of a configuration as we do. Default: of each. */
      computes?(config: C): boolean;
    };
    /** The states that `pool` reads of an example, where no class has the head: the first. Absent: the mean of its real tokens. */
    pooling?: 'first';
    /** The name of a module of a file in the class that has it loaded, where that is another. */
    loadedAs?: (name: string) => string;
    /** Set where vLLM's class of the model has the interface `SupportsLoRA`. */
    servesLora?: true;
    /** Put before a tensor's name in files that were saved with a head. */
    prefix: string;
    /** Tensors of such files that are no parameters of ours, e.g. stored masks and heads of other tasks. */
    ignored: readonly RegExp[];
  };
}

/** Keeps the configuration's type and checks the record. */
export function defineArchitecture<C extends CommonConfig>(architecture: Architecture<C>): Architecture<C> {
  return architecture;
}
