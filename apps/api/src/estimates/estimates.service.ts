import { Injectable } from '@nestjs/common';
import { type CreateEstimate, cards, type Estimate, type FieldError } from '@rankforge/contracts';
import {
  EstimateRequestError,
  estimateOf,
  type ModelConfig,
  ModelConfigError,
  readShapes,
} from '@rankforge/peft/estimate';
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
