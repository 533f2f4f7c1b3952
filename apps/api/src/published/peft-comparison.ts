/** @file Reads a result file of peft's method comparison in the terms of a board. */
import { PeftResult } from '@rankforge/contracts';
import { invalid } from '../platform/http/problem.js';
import { accuracy, type Publication, type PublishedRun } from './publication.js';

/** The comparison trains on MetaMathQA and tests on the 1,319 problems of GSM8K's test split. */
const testExamples = 1319;

export const peftComparison: Publication = {
  task: 'peft-metamathqa',
  title: 'PEFT method comparison (MetaMathQA → GSM8K)',
  metric: accuracy,
  source: 'huggingface/peft, method_comparison/MetaMathQA',
  remark:
    'One seed each, so intervals cover test examples only; the files do not say which examples were solved, so methods are compared as independent samples.',
  testExamples,
  // The newest of each experiment counts.
  runs(documents) {
    const results = documents
      .map((document) => PeftResult.parse(document))
      .sort((a, b) => Date.parse(a.run_info.created_at) - Date.parse(b.run_info.created_at));
    return [...new Map(results.map((result) => [result.run_info.experiment_name, publishedRun(result)])).values()];
  },
};

/**
 * @throws ProblemError naming the field of a file that is of another comparison, or whose accuracy is no share of the
 * test examples
 */
export function publishedRun({ run_info, train_info, meta_info }: PeftResult): PublishedRun {
  const { experiment_name: name, train_config, peft_config, error_msg } = run_info;
  const ended = train_info.status === 'success';
  const last = (metric: string) =>
    train_info.metrics.map((metrics) => metrics[metric]).findLast((value) => typeof value === 'number');
  const scored = last('test accuracy');
  if (ended && !('gsm8k' in meta_info.dataset_info)) {
    throw invalid([
      { path: '/meta_info/dataset_info', message: 'expected the data set gsm8k: other comparisons are not read' },
    ]);
  }
  if (ended && scored === undefined) {
    throw invalid([{ path: '/train_info/metrics', message: 'a successful run must hold a "test accuracy"' }]);
  }
  const rank = peft_config?.r;
  return {
    name,
    method: name.split('/')[0]!,
    optimizer: train_config.optimizer_type.toLowerCase(),
    rank: rank && Number.isInteger(rank) && rank > 0 ? rank : null,
    learningRate: train_config.optimizer_kwargs.lr ?? null,
    seed: train_config.seed,
    steps: train_config.max_steps,
    shares: ended ? [{ successes: solvedOf(scored!), examples: testExamples }] : undefined,
    validation: ended ? last('valid accuracy') : undefined,
    trainableParameters: train_info.num_trainable_params ?? null,
    adapterBytes: train_info.file_size,
    peakBytes: train_info.accelerator_memory_max ?? train_info.cuda_memory_max ?? null,
    config: {
      experiment: name,
      ...(peft_config?.peft_type ? { peft_type: peft_config.peft_type } : {}),
      dtype: train_config.dtype,
      batch_size: train_config.batch_size,
    },
    failure: ended ? null : error_msg || `status ${train_info.status}`,
  };
}

function solvedOf(accuracy: number): number {
  const solved = Math.round(accuracy * testExamples);
  if (!(Math.abs(solved - accuracy * testExamples) < 1e-6 && solved >= 0 && solved <= testExamples)) {
    throw invalid([
      { path: '/train_info/metrics', message: `"test accuracy" ${accuracy} is no share of ${testExamples} examples` },
    ]);
  }
  return solved;
}
