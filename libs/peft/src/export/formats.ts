/** @file Formats that an adapter can leave in, from what its file says of itself: one answer for whoever offers and whoever writes. */
import { type Method, placeOf } from '../method.js';
import type { ModelConfig } from '../models/config.js';
import { type AdapterInfo, encodedApart, twoEncoders } from '../training/adapter.js';
import { unmergeable } from '../training/inject.js';
import { unlikePeft } from './attentions.js';
import { classifierModule, taskType } from './head.js';
import { biasWithoutPlace } from './merged.js';
import { type ExportPlan, planExport } from './route.js';

/** `peft`: what Python peft loads onto the base model. `merged`: the base model with the adapter in its weights. */
export const exportFormats = ['peft', 'merged'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface LeavingAdapter {
  model: ModelConfig;
  method: Method;
  /** What `readAdapter` or `readAdapterInfo` read. */
  info: AdapterInfo;
}

/** @throws Error as `planTrial` */
export function planLeaving({ model, method, info }: LeavingAdapter): ExportPlan {
  const { config, targets, classes, ranks, initial } = info;
  return planExport({
    model,
    method,
    config,
    targets,
    ...(classes === undefined ? {} : { classes }),
    ...(ranks === undefined ? {} : { ranks }),
    ...(initial && { initial }),
  });
}

/**
 * Formats that an adapter can leave in, the one to offer first in front. Its own file is always there besides.
 *
 * @throws Error as `planTrial`
 * @example
 * const { info } = readAdapter(bytes);
 * const [best = 'native'] = possibleFormats({ model: base.config, method: findMethod(info.method), info });
 */
export function possibleFormats(adapter: LeavingAdapter): ExportFormat[] {
  const plan = planLeaving(adapter);
  return exportFormats.filter((format) => formatRefusal(format, adapter, plan) === undefined);
}

/** Why an adapter cannot leave in a format, and in which it can, for people; undefined where it can. */
export function formatRefusal(format: ExportFormat, adapter: LeavingAdapter, plan: ExportPlan): string | undefined {
  const { method, info } = adapter;
  const two = twoEncoders(info);
  if (two !== undefined) return `${method.title}: ${two}, so that no one model holds both. Take it 'native'.`;
  const apart = encodedApart(info);
  if (apart !== undefined) return `${method.title}: ${apart}. Take it 'native'.`;
  return format === 'merged' ? mergedRefusal(adapter, plan) : peftRefusal(adapter, plan);
}

function mergedRefusal({ method, info }: LeavingAdapter, { trial }: ExportPlan): string | undefined {
  if (method.sequence) {
    return `${method.title} stands ${placeOf(method.sequence)} and is in no weight. Ask for the format 'peft'.`;
  }
  const unmerged = unmergeable(method, info.config);
  if (unmerged !== undefined) return `${method.title}: ${unmerged}. Ask for the format 'native'.`;
  return trial.layers.map((layer) => biasWithoutPlace(method, layer)).find((reason) => reason !== undefined);
}

function peftRefusal(adapter: LeavingAdapter, plan: ExportPlan): string | undefined {
  const { model, method, info } = adapter;
  const { route } = plan;
  if (route.kind === 'merged') {
    const unmerged = unmergeable(method, info.config);
    return unmerged === undefined
      ? `${route.reason}: there is no adapter to load. Ask for the format 'merged'.`
      : `${method.title}: ${unmerged}. ${route.reason}. Take it 'native'.`;
  }
  if (route.kind !== 'prompt' && route.kind !== 'tokens') return undefined;
  const { type } = route.part.peft;
  if (route.kind === 'prompt' && !route.part.peft.tensors) {
    return taskType(model) === 'CAUSAL_LM'
      ? undefined
      : `${method.title}: before an encoder Python peft has its prompts where the head reads, and ours are not. Take it 'native'.`;
  }
  const unlike = route.kind === 'prompt' && route.part.peft.tensors && unlikePeft(route.part.peft, model);
  if (unlike) return `${method.title}: ${unlike}. Take it 'native'.`;
  // Types of peft that adapt no linear layer know no modules that are saved beside.
  if (info.classes === undefined || !classifierModule(model)) return undefined;
  const possible = mergedRefusal(adapter, plan) === undefined ? `'merged' or 'native'` : `'native'`;
  return `${method.title}: Python peft keeps no head beside ${type}. Ask for the format ${possible}.`;
}
