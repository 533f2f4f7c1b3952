/** @file The page that goes with exported files: how Python loads them, and what their head answers. */

import type { ModelConfig } from '../models/config.js';
import { writeModelConfig } from '../models/huggingface.js';
import { objectives } from '../objectives/registry.js';
import type { AdapterInfo } from '../training/adapter.js';
import { classifierModule, HEAD_FILE, headPooling, LABELS_FILE } from './head.js';

export interface Described {
  title: string;
  model: ModelConfig;
  format: 'peft' | 'merged';
  /** Whoever loads an adapter loads this first. */
  base: { name: string; revision?: string | undefined };
  info: AdapterInfo;
  /** The head is in `HEAD_FILE`, beside the model. */
  headBeside: boolean;
  /** Conversations that it was trained on were laid out by the template in `CHAT_FILE`. */
  chat?: Pick<ExportedChat, 'date'> | undefined;
}

/** A template that lays conversations out, as transformers reads it. */
export const CHAT_FILE = 'chat_template.jinja';

/** The template by which conversations of a training were laid out. */
export interface ExportedChat {
  template: string;
  /** What it was told where it asked for the day. */
  date?: string | undefined;
}

/**
 * The page of an export in Markdown. Its code in Python begins with a line that names the folder, and a function or a model with
 * the name `model` is at its end.
 */
export function readmeOf(described: Described): string {
  const { title, format, base, info } = described;
  const python = pythonOf(described);
  const what = format === 'peft' ? `adapter of ${base.name}, for Python peft` : `adapter, merged into ${base.name}`;
  return [
    `# ${title}: ${what}`,
    ...(python.length > 0 ? [['```python', ...python, '```'].join('\n')] : []),
    ...(info.classes === undefined ? [] : [answersText(info)]),
    ...(described.chat === undefined ? [] : [chatText(described.chat)]),
  ].join('\n\n');
}

/** Code in Python that loads an exported folder by its name; undefined where transformers has no class of the model. */
export function loadingCode(folder: string, described: Omit<Described, 'title' | 'headBeside'>): string | undefined {
  const headBeside = described.info.classes !== undefined && classifierModule(described.model) === undefined;
  const code = pythonOf({ ...described, headBeside });
  return code.length === 0
    ? undefined
    : code.join('\n').replace('folder = "."', () => `folder = ${JSON.stringify(folder)}`);
}

/** None where transformers has no class of the model. */
function pythonOf({ model, format, base, info, headBeside, chat }: Omit<Described, 'title'>): string[] {
  const [loader] = (writeModelConfig(model).architectures ?? []) as string[];
  if (loader === undefined) return [];
  const { labels, classes } = info;
  const readsLabels = labels !== undefined;
  const ofHead = classes !== undefined && !headBeside;
  const withHead = !ofHead ? '' : readsLabels ? ', id2label=dict(enumerate(labels))' : `, num_labels=${classes}`;
  const tokenizer = chat === undefined ? [] : ['AutoTokenizer'];
  const from = [base.name, ...(base.revision === undefined ? [] : [base.revision])].map((text) => JSON.stringify(text));
  const loaded =
    format === 'merged'
      ? [`model = ${loader}.from_pretrained(folder).eval()`]
      : [
          ...(base.revision === undefined ? ['# A base that no hub has goes by the folder that it is in.'] : []),
          `base = ${loader}.from_pretrained(${from.join(', revision=')}${withHead})`,
          'model = PeftModel.from_pretrained(base, folder).eval()',
        ];
  return [
    'folder = "."',
    '',
    ...(readsLabels ? ['import json'] : []),
    ...(format === 'peft' ? ['from peft import PeftModel'] : []),
    ...(headBeside ? ['from safetensors.torch import load_file'] : []),
    `from transformers import ${[loader, ...tokenizer].join(', ')}`,
    '',
    ...(readsLabels ? [`labels = json.load(open(f"{folder}/${LABELS_FILE}", encoding="utf-8"))`] : []),
    ...loaded,
    ...(headBeside ? headCode(model) : []),
    ...(chat === undefined ? [] : chatCode(format === 'merged' ? 'folder' : from.join(', revision='), chat)),
  ];
}

/** @param where arguments that name the folder of the tokenizer */
const chatCode = (where: string, { date }: Pick<ExportedChat, 'date'>): string[] => [
  '',
  ...(date === undefined
    ? []
    : ['from datetime import date', '', `told = date.fromisoformat(${JSON.stringify(date)}).strftime`]),
  `tokenizer = AutoTokenizer.from_pretrained(${where})`,
  `tokenizer.chat_template = open(f"{folder}/${CHAT_FILE}", encoding="utf-8", newline="").read()`,
  '',
  'def reply(messages, max_new_tokens=64):',
  '    inputs = tokenizer.apply_chat_template(',
  `        messages, add_generation_prompt=True, return_dict=True, return_tensors="pt"${date === undefined ? '' : ', strftime_now=told'}`,
  '    )',
  '    written = model.generate(**inputs, max_new_tokens=max_new_tokens, do_sample=False)',
  '    return tokenizer.decode(written[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)',
];

const chatText = ({ date }: Pick<ExportedChat, 'date'>): string =>
  `It was trained on conversations as \`${CHAT_FILE}\` lays them out: \`reply([{"role": "user", "content": "…"}])\` answers one by the same prompt.` +
  (date === undefined ? '' : ` The template asks for the day, and was told ${date} whatever the day was.`);

const headCode = (model: ModelConfig): string[] => [
  `head = load_file(f"{folder}/${HEAD_FILE}")`,
  '',
  'def answers(input_ids, attention_mask):',
  '    read = model(input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True)',
  '    hidden = read.hidden_states[-1][:, -input_ids.shape[1] :]',
  ...pooled[headPooling(model)],
  '    return pooled @ head["weight"].T + head["bias"]',
];

const pooled = {
  first: ['    pooled = hidden[:, 0]'],
  mean: ['    real = attention_mask[..., None]', '    pooled = (hidden * real).sum(1) / real.sum(1)'],
};

function answersText({ objective, unit, labels }: AdapterInfo): string {
  if (objective === undefined && unit === undefined) {
    return (
      'An earlier version of Rankforge made this adapter, which kept neither names of classes nor the unit of numbers. A head of ' +
      'classes answers by their ids. A head of numbers answers with (number - mean) / deviation: multiply its answers by the ' +
      'deviation of the numbers it was trained on and add their mean. The page of the data set tells both.'
    );
  }
  const task = objectives.find(({ name }) => name === objective)?.title ?? objective;
  const head = task === undefined ? 'Its head' : `Its head (${task})`;
  if (unit) {
    return (
      `${head} answers with the numbers themselves. It was trained on (number - mean) / deviation, with a mean of ${unit.mean} and a ` +
      `deviation of ${unit.deviation}; both are in its weight and bias.`
    );
  }
  if (labels) return `${head} answers with a logit for each class, in the order of \`${LABELS_FILE}\`.`;
  return `${head} answers as it was trained.`;
}
