import { Injectable } from '@nestjs/common';
import {
  type CreateEstimate,
  type CreateFileEstimate,
  cards,
  type Estimate,
  type FieldError,
  type FileEstimate,
  publishedConfig,
} from '@rankforge/contracts';
import {
  askedOfFile,
  EstimateRequestError,
  estimateOf,
  type ModelConfig,
  ModelConfigError,
  readShapes,
} from '@rankforge/peft/estimate';
import { readToolFile, ToolFileError } from '@rankforge/peft/tools';
import { Catalog } from '../catalog/catalog.js';
import { invalid } from '../platform/http/problem.js';

/** Makes estimates: many methods and ranks, each walked operation by operation, take seconds. */
@Injectable()
export class EstimatesService {
  constructor(private readonly catalog: Catalog) {}

  /** @throws ProblemError naming the field that is wrong */
  async estimate({ base, config, prices, ...asked }: CreateEstimate): Promise<Estimate> {
    const known = base === undefined ? undefined : await this.configOf(base);
    try {
      return estimateOf(known ?? readShapes(config), { ...asked, offer: { cards, prices } });
    } catch (error) {
      const refused = refusedField(error);
      throw refused ? invalid([refused]) : error;
    }
  }

  /** @throws ProblemError naming the lines of the file that cannot be taken over, or another field that is wrong */
  async estimateFrom({ file: text, adapter, base, config, ...asked }: CreateFileEstimate): Promise<FileEstimate> {
    const file = readFileText(text, adapter);
    const { training, tool, title, read, ignored, notRead } = file;
    const model = base !== undefined || config ? undefined : await this.namedBy(training.base);
    const known = base === undefined ? model : await this.configOf(base);
    const { gpus, shard, prices, ...others } = asked;
    try {
      const shapes = known ?? readShapes(config);
      const made = askedOfFile(shapes, file, gpus === undefined ? [] : ['shard']);
      if ('refused' in made) throw invalid(made.refused.map((message) => ({ path: '/file', message })));
      const torch = { ...made.asked.torch, gpus, shard };
      const request = { ...made.asked, ...others, torch, engine: 'wasm', offer: { cards, prices } } as const;
      return {
        file: { tool, title, base: training.base, read, ignored, notRead, without: training.without },
        estimate: estimateOf(shapes, request),
      };
    } catch (error) {
      const refused = refusedField(error);
      throw refused ? invalid([inRequestOfFile(refused)]) : error;
    }
  }

  /** The shapes of the base that a file names. @throws ProblemError where none is known by that name */
  private async namedBy(name: string | undefined): Promise<ModelConfig> {
    const message =
      name === undefined
        ? 'the file names no base model: give its config.json here, or name a base of this installation'
        : `${name}, the base model of the file, is not known here: give its config.json here, or name a base of this installation`;
    await this.catalog.refreshBases();
    const published = name === undefined ? undefined : publishedConfig(name);
    const model = published ? readShapes(published) : name && this.catalog.base(name)?.config;
    if (!model) throw invalid([{ path: '/config', message }]);
    return model;
  }

  private async configOf(name: string): Promise<ModelConfig> {
    await this.catalog.refreshBases();
    const base = this.catalog.base(name);
    if (base === undefined) throw invalid([{ path: '/base', message: this.catalog.missingBase(name) }]);
    return base.config;
  }
}

function refusedField(error: unknown): FieldError | undefined {
  if (error instanceof ModelConfigError) return { path: '/config', message: error.message };
  if (!(error instanceof EstimateRequestError)) return undefined;
  const place = error.within === undefined ? '' : `/${error.within}`;
  return { path: `/${error.field}${place}`, message: error.message };
}

/** @throws ProblemError where the text is of no tool that is known */
function readFileText(text: string, adapter: CreateFileEstimate['adapter']) {
  try {
    return readToolFile(text, adapter);
  } catch (error) {
    if (!(error instanceof ToolFileError)) throw error;
    throw invalid([{ path: '/file', message: error.message }]);
  }
}

const ofRequest = ['/config', '/gpu', '/examples', '/budget'];

/** All but a few fields of an estimate come from the file. */
function inRequestOfFile({ path, message }: FieldError): FieldError {
  if (path.startsWith('/torch/gpus') || path.startsWith('/torch/shard'))
    return { path: path.slice('/torch'.length), message };
  return { path: ofRequest.includes(path) ? path : '/file', message };
}
