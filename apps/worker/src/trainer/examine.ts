/** @file Examines a ranker as a trial says: an attack on it, or a certificate. */
import { dirname, join } from 'node:path';
import { ownFolders, type ProcedureReport, type RobustnessReport } from '@rankforge/contracts';
import { findEvaluator, type OpenVictim, partOf, type RobustnessScores, scoreRobustness } from '@rankforge/evaluators';
import { openSynonyms } from '@rankforge/tasks';
import type { TrialRunner } from './kinds/kind.js';
import { openGenerator } from './open-generator.js';
import { openVictim } from './open-victim.js';

export interface Examined extends RobustnessScores {
  reports: { robustness: RobustnessReport; procedure?: ProcedureReport };
}

/** @throws Error where what it needs cannot be opened, or the examination cannot go on */
export async function examined(
  split: 'validation' | 'test',
  ...[{ spec }, prepared, tools]: Parameters<TrialRunner['run']>
): Promise<Examined> {
  const { data } = prepared;
  const evaluator = findEvaluator(spec.method);
  const part = partOf(evaluator, 'robustness')!;
  const config = evaluator.config.parse(spec.methodConfig);
  const sets = part.synonyms?.(config);
  const synonyms = sets === undefined ? undefined : await openSynonyms(sets, synonymsFolder(tools.artifactDir));
  const most = part.calls(config) * Math.min(part.queries(config), data[split].size);
  const { generator, meter, close } = await openGenerator(spec, prepared, tools, most);
  let victim: OpenVictim | undefined;
  try {
    victim = await openVictim(spec, prepared, tools);
    const scores = await scoreRobustness({
      evaluator,
      config,
      data,
      split,
      seed: spec.seed,
      victim,
      generator,
      synonyms,
      turn: tools.turn,
      onQuery() {
        tools.signs.other();
        tools.signal.throwIfAborted();
      },
    });
    const { examined: asked, learned } = scores;
    const { logProbability, words } = learned.written;
    const { calls, replayed, tokens, seconds } = meter.used;
    return {
      ...scores,
      reports: {
        robustness: {
          ...asked,
          agreement: learned.agreement ?? null,
          perplexity: words === 0 ? null : Math.exp(-logProbability / words),
        },
        ...(generator && { procedure: { queries: asked.queries, calls, replayed, tokens, seconds, agreement: null } }),
      },
    };
  } finally {
    victim?.dispose();
    await close();
  }
}

/** Files of synonym sets lie beside the artifacts. */
const synonymsFolder = (artifactDir: string): string => join(dirname(artifactDir), ownFolders.synonyms);
