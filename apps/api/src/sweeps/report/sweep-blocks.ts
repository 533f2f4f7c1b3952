/** @file Parts of a report that a sweep has: what it asked, what it took, and how to run it again. */
import {
  datasetOf,
  limitsText,
  type MethodAxis,
  settingText,
  settingTitle,
  usualOptimizer,
} from '@rankforge/contracts';
import { type Block, clipped, listOf } from './document.js';
import type { ReportFacts } from './facts.js';

/** Characters of a request that a report shows: a longer one is read from the API. */
const requestAtMost = 50_000;

type Facts = (readonly [string, string])[];

const facts = (all: Facts): Block => ({ kind: 'facts', facts: all.map(([name, value]) => [name, clipped(value)]) });

const time = (at: string | Date): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

export function headBlocks({ sweep, ranOn, versions, madeAt }: ReportFacts): Block[] {
  const { id, tags, state, createdAt, finishedAt, engine } = sweep;
  const devices = ranOn.slice(0, 20).map(({ device, worker, engine: on, attempts }) => {
    const where = [device ?? 'unknown device', ...(worker === null ? [] : [`of ${worker}`])].join(' ');
    return `${where} (${on}, ${attempts} ${attempts === 1 ? 'trial' : 'trials'})`;
  });
  return [
    facts([
      ['Sweep', `${id}, ${state.toLowerCase()}`],
      ['Ran', `${time(createdAt)} to ${finishedAt === null ? 'now: it has not ended' : time(finishedAt)}`],
      ...(tags.length > 0 ? ([['Tags', tags.join(', ')]] as Facts) : []),
      ['Engine', engine],
      ['Devices', [...devices, ...(ranOn.length > 20 ? ['and more'] : [])].join('; ') || 'none yet'],
      ['Report', `${time(madeAt)}, by Rankforge ${versions.rankforge}`],
    ]),
  ];
}

/** The note, each of its lines apart; nothing where there is none. */
export const noteBlocks = ({ sweep: { note } }: ReportFacts): Block[] =>
  (note ?? '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ({ kind: 'text', text: line.trim() }));

export function questionBlocks({ sweep: { spec, task, base, kind }, task: found }: ReportFacts): Block[] {
  const { rank, learningRate, memoryBudgetMiB, limits, seed, training, on, objective } = spec;
  const settings = Object.entries(training).filter(([, value]) => value !== undefined);
  return [
    facts([
      ['Task', found === undefined ? task : `${task} (${found.title})`],
      ['Base model', on === undefined ? base : `${base}, with the model of ${on}`],
      ['Kind', kind],
      ['Methods', spec.methods.map(methodText).join('; ')],
      ['Ranks', settingText(rank)],
      ['Learning rates', learningRate === undefined ? "each method's own" : settingText(learningRate)],
      ['Memory budgets', `${memoryBudgetMiB.join(', ')} MiB`],
      ...(limits
        ? ([
            [
              'Limits',
              Object.entries(limits)
                .map(([name, most]) => most.map((each) => limitsText({ [name]: each })).join(' or '))
                .join('; '),
            ],
          ] as Facts)
        : []),
      ['Seeds', seed.join(', ')],
      ...(objective ? ([['Chosen by', `validation ${objective.metric} (${objective.direction})`]] as Facts) : []),
      [
        'Training',
        settings.map(([name, value]) => `${settingTitle(name)} ${settingText(value)}`).join('; ') ||
          "the task's defaults",
      ],
    ]),
  ];
}

/** A method of the request with what it sets of its own, beside what is usual. */
function methodText({ name, ...own }: MethodAxis): string {
  const said = Object.entries(own).filter(([, value]) => !isUsual(value));
  if (said.length === 0) return name;
  return `${name} (${said.map(([field, value]) => `${settingTitle(field)} ${settingText(value)}`).join(', ')})`;
}

const isUsual = (value: unknown): boolean =>
  value === undefined ||
  value === usualOptimizer ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

export function costBlocks({ sweep }: ReportFacts): Block[] {
  const { trials, total, known, implied, stepsDone, stepsTotal, scorings, createdAt, finishedAt } = sweep;
  const states = Object.entries(trials).filter(([, count]) => count > 0);
  const byState = states.map(([state, count]) => `${count} ${state.toLowerCase().replaceAll('_', ' ')}`).join(', ');
  return [
    facts([
      ['Trials', `${total}${byState === '' ? '' : `: ${byState}`}`],
      ['Optimizer steps', `${stepsDone.toLocaleString('en-US')} of ${stepsTotal.toLocaleString('en-US')}`],
      ['Test scores', `${scorings.done} of ${scorings.total}`],
      ['Reused', `${known}, taken from earlier trials with the same settings`],
      ...(implied > 0 ? ([['Not run', `${implied}, for a smaller rank did not fit`]] as Facts) : []),
      ...(finishedAt === null
        ? []
        : ([
            ['From submission to end', durationText((Date.parse(finishedAt) - Date.parse(createdAt)) / 1000)],
          ] as Facts)),
    ]),
  ];
}

function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

/** Names what it would take, as the board says it; nothing while the board may say so of itself. */
export function furtherBlocks({ board: { verdict, complete, rows }, sweep }: ReportFacts): Block[] {
  const { seeds, tied, undecided, leader } = verdict;
  if (leader === null || tied.length + undecided.length === 0) return [];
  const near = seeds && rows[seeds.row]!.name;
  const told =
    seeds === undefined
      ? 'The board does not say how many further seeds would tell the leader from what is level with it.'
      : seeds.further === null
        ? `Telling ${rows[leader]!.name} from ${near} likely takes more than ${seeds.most} further seeds: the difference is too small for this sweep.`
        : `About ${seeds.further} further ${seeds.further === 1 ? 'seed' : 'seeds'} should tell ${rows[leader]!.name} from ${near}, with a chance of ${seeds.power}, if the difference is as large as it looks (80 % interval of the number: ${range(seeds)}).`;
  const may = complete && sweep.state !== 'CANCELLED' && seeds?.further != null;
  const how = may ? ` \`rankforge sweep extend ${sweep.id} --tied\` adds them.` : '';
  return [{ kind: 'text', text: `${told}${how}` }];
}

/** @example range({ interval: [3, null], most: 100 }) // '3 to more than 100' */
function range({ interval, most }: NonNullable<ReportFacts['board']['verdict']['seeds']>): string {
  const [low, high] = interval.map((seeds) => seeds ?? `more than ${most}`);
  return `${low} to ${high}`;
}

export function inputBlocks({ sweep, task, baseSha256, data, versions }: ReportFacts): Block[] {
  const isDataset = datasetOf(sweep.task) !== undefined;
  const versionText = ({ dataset, version, trials }: ReportFacts['data'][number]): string => {
    const which = isDataset ? `SHA-256 ${dataset ?? 'not noted'}` : `version ${version ?? 1}`;
    return `${which} (${trials} trials)`;
  };
  const source = task && `${task.source.package} ${task.source.version}, ${task.source.licence}`;
  return [
    facts([
      ['Data', data.map(versionText).join('; ') || 'no trial yet'],
      ...(source === undefined ? [] : ([['Source of the data, as it is now', source]] as Facts)),
      ['Base model', `${sweep.base}, SHA-256 ${baseSha256 ?? 'not noted'}`],
      ['Library', `version ${versions.library} (now)`],
      ['Rankforge', `version ${versions.rankforge} (now)`],
    ]),
  ];
}

/** The request with its defaults filled in, as `sweep submit` takes it. */
export function requestBlocks({ sweep: { id, spec } }: ReportFacts): Block[] {
  const text = JSON.stringify(spec, null, 2);
  const how = 'Save the request as sweep.json, then: rankforge sweep submit sweep.json';
  if (text.length > requestAtMost) {
    return listOf([
      `The request has ${text.length} characters and is left out: GET /v1/sweeps/${id} answers it as \`spec\`.`,
    ]);
  }
  return [
    { kind: 'text', text: how },
    { kind: 'code', title: 'The request', text },
  ];
}
