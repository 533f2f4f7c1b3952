/**
 * @file Whether vLLM can serve an adapter beside its base model, and why not. What vLLM takes, and where that is said:
 * - LoRA alone, with `bias: none`, no `modules_to_save`, no DoRA, and one scale for all modules, `lora_alpha / r`, or
 *   `lora_alpha / √r` with rsLoRA: https://docs.vllm.ai/en/latest/api/vllm/lora/peft_helper/
 * - ranks up to `max_lora_rank`, which is one of the values below:
 *   https://docs.vllm.ai/en/v0.14.0/api/vllm/config/lora/ (`MaxLoRARanks`)
 * - model classes with the mark LoRA: https://docs.vllm.ai/en/v0.7.3/models/supported_models.html
 */
import { architectureOf } from '../models/config.js';
import type { PlanOptions } from '../training/plan-options.js';
import { type ExportPlan, foldedRank, planExport, type Route } from './route.js';

/** Values that vLLM's `max_lora_rank` may have. */
const serverRanks = [1, 8, 16, 32, 64, 128, 256, 320, 512];

export interface Servability {
  servable: boolean;
  /** Why not, one sentence each; empty where it is servable. */
  reasons: string[];
  /** The least that `--max-lora-rank` must be; absent where the adapter is no LoRA. */
  maxLoraRank?: number;
}

/**
 * From shapes alone, for an adapter as it leaves in peft's format.
 *
 * @throws Error as `planTrial`
 */
export function servability(options: PlanOptions): Servability {
  const plan = planExport(options);
  const lora = loraOf(plan, options.config);
  const reasons = [...baseReasons(options)];
  if (typeof lora === 'string') return { servable: false, reasons: [...reasons, lora] };
  if (lora.settings.use_dora === true) reasons.push('vLLM does not serve DoRA');
  if (lora.settings.use_bdlora !== undefined) reasons.push('vLLM does not serve LoRA with a block-diagonal factor');
  const rank = Math.max(...lora.ranks);
  const maxLoraRank = serverRanks.find((most) => most >= rank);
  if (maxLoraRank === undefined) {
    reasons.push(`Its rank ${rank} is above ${serverRanks.at(-1)}, the largest that vLLM can be started with`);
  }
  if (lora.scales.some((scale) => Math.abs(scale / lora.scales[0]! - 1) > ROUNDING))
    reasons.push('Its modules have different scales, and vLLM has one for all');
  return { servable: reasons.length === 0, reasons, ...(maxLoraRank ? { maxLoraRank } : {}) };
}

function baseReasons({ model, classes }: PlanOptions): string[] {
  return [
    ...(architectureOf(model).huggingFace.servesLora ? [] : [`vLLM has no adapters for the base model's class`]),
    ...(classes === undefined ? [] : ['vLLM takes no head with an adapter']),
  ];
}

/** Scales that are one in exact arithmetic differ by less, as a share. */
const ROUNDING = 1e-12;

interface Lora {
  settings: Record<string, unknown>;
  /** One rank for each module. */
  ranks: number[];
  scales: number[];
}

/** The LoRA that an adapter leaves as, or why it is none. */
function loraOf({ route, modules }: ExportPlan, config: unknown): Lora | string {
  if (route.kind === 'merged') return `${route.reason}: merge it and serve the model`;
  if (route.kind === 'prompt') return `vLLM serves LoRA, and this is ${route.part.peft.type}`;
  if (route.kind === 'tokens')
    return `vLLM serves LoRA, and this is ${route.part.peft.type}: merge it and serve the model`;
  if (route.kind === 'folded') {
    const ranks = modules.map(({ targeted }) => sum(targeted.map((layer) => foldedRank(route, layer))));
    return { settings: {}, ranks, scales: ranks.map(() => 1) };
  }
  return nativeLora(route, modules, config);
}

function nativeLora(
  { form }: Extract<Route, { kind: 'native' }>,
  modules: ExportPlan['modules'],
  config: unknown,
): Lora | string {
  if (form.type !== 'LORA') return `vLLM serves LoRA, and this is ${form.type}: merge it and serve the model`;
  const own = modules.map(({ name, targeted: [layer] }) => ({ ...layer!, name }));
  const each = own.map((module) => form.settings(module.config, []) as { r: number; lora_alpha: number });
  const settings = form.settings(config, own);
  const root = settings.use_rslora === true ? Math.sqrt : (rank: number) => rank;
  return { settings, ranks: each.map(({ r }) => r), scales: each.map(({ r, lora_alpha }) => lora_alpha / root(r)) };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
