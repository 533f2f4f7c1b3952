/** @file Everything that the search everywhere finds, by kind. */

import { useMantineColorScheme } from '@mantine/core';
import { type MethodView, namedParts, type TrialView } from '@rankforge/contracts';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { adaptersQuery } from '../../lib/api/adapters.js';
import { basesQuery, methodsQuery, tasksQuery } from '../../lib/api/catalog.js';
import { ProblemError } from '../../lib/api/client.js';
import { datasetsQuery } from '../../lib/api/datasets.js';
import { generatorsQuery } from '../../lib/api/generators.js';
import { useMay } from '../../lib/api/session.js';
import { foundSweepsQuery } from '../../lib/api/sweeps.js';
import { foundTrialsQuery, trialQuery } from '../../lib/api/trials.js';
import { sweepStateLabels, trialStateLabels } from '../../lib/palette.js';
import { places } from '../../lib/places.js';
import { useProjectChoice } from '../use-project-choice.js';
import { useSignOut } from '../use-sign-out.js';
import { type Entry, matching, trialFilterOf } from './found.js';

export interface Kind {
  name: string;
  entries: Entry[];
}

/** Entries of a kind that are listed at once. */
const mostOfKind = 6;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * @param settled the text once typing has paused, which the server is asked for
 * @returns the kinds that have an entry for a text, and reads that failed
 */
export function useEntries(text: string, settled: string, showKeys: () => void): { kinds: Kind[]; errors: Error[] } {
  const pages = usePages();
  const commands = useCommands(showKeys);
  const sweeps = useSweeps(text, settled);
  const trials = useTrials(settled);
  const methods = useMethods();
  const data = useData();
  const isWhole = text === '';
  const kinds = [
    { name: 'Sweeps', entries: sweeps.entries },
    { name: 'Trials', entries: text === settled ? trials.entries : [] },
    { name: 'Methods', entries: isWhole ? [] : matching(methods.entries, text, mostOfKind) },
    { name: 'Data and models', entries: isWhole ? [] : matching(data.entries, text, mostOfKind) },
    { name: 'Pages', entries: matching(pages, text, isWhole ? pages.length : mostOfKind) },
    { name: 'Commands', entries: matching(commands, text, isWhole ? commands.length : mostOfKind) },
  ];
  return {
    kinds: kinds.filter(({ entries }) => entries.length > 0),
    errors: [...sweeps.errors, ...trials.errors, ...methods.errors, ...data.errors],
  };
}

interface Read {
  entries: Entry[];
  errors: Error[];
}

const errorsOf = (...queries: Pick<UseQueryResult, 'error'>[]): Error[] => queries.flatMap(({ error }) => error ?? []);

function usePages(): Entry[] {
  const navigate = useNavigate();
  const sections = places.flatMap((place) =>
    place.sections.map(({ to, label, words = '' }) => ({
      id: `page ${to}`,
      label,
      words,
      ...(place.sections.length > 1 ? { detail: place.label } : {}),
      open: () => navigate({ to }),
    })),
  );
  const home: Entry = { id: 'page /', label: 'Home', words: 'start overview', open: () => navigate({ to: '/' }) };
  return [home, ...sections];
}

function useCommands(showKeys: () => void): Entry[] {
  const navigate = useNavigate();
  const maySubmit = useMay('submitter');
  const { setColorScheme } = useMantineColorScheme();
  const projects = useProjectChoice();
  const signOut = useSignOut();
  const makes: Entry[] = [
    { id: 'new sweep', label: 'New sweep', words: 'start train', open: () => navigate({ to: '/sweeps/new' }) },
    { id: 'add data', label: 'Add data', words: 'new data set', open: () => navigate({ to: '/datasets/new' }) },
    { id: 'import adapter', label: 'Import an adapter', words: 'peft', open: () => navigate({ to: '/adapters/new' }) },
    { id: 'add generator', label: 'Add a generator', open: () => navigate({ to: '/generators/new' }) },
  ];
  return [
    ...(maySubmit ? makes : []),
    ...projects.others.map((name) => ({
      id: `project ${name}`,
      label: `Go to project ${name}`,
      words: 'switch',
      open: () => projects.choose(name),
    })),
    { id: 'light', label: 'Use the light theme', words: 'colour', open: () => setColorScheme('light') },
    { id: 'dark', label: 'Use the dark theme', words: 'colour', open: () => setColorScheme('dark') },
    { id: 'keys', label: 'Show the keys', words: 'keyboard shortcuts help', open: showKeys },
    { id: 'sign out', label: 'Sign out', words: 'leave log out', open: signOut },
  ];
}

function useSweeps(text: string, settled: string): Read {
  const navigate = useNavigate();
  const found = useQuery(foundSweepsQuery(settled, mostOfKind));
  const entries = (found.data ?? []).map(({ id, name, state, task, base }) => ({
    id: `sweep ${id}`,
    label: name,
    detail: `${sweepStateLabels[state]} · ${task} on ${base}`,
    open: () => navigate({ to: '/sweeps/$sweepId', params: { sweepId: id } }),
  }));
  // The answer to a text of before has sweeps that this one does not name.
  const isOld = found.isPlaceholderData || text !== settled;
  return { entries: isOld ? matching(entries, text, mostOfKind) : entries, errors: errorsOf(found) };
}

function useTrials(text: string): Read {
  const navigate = useNavigate();
  const methods = useQuery(methodsQuery);
  const names = new Set((methods.data?.methods ?? []).map(({ name }) => name));
  const filter = trialFilterOf(text, names);
  const isId = uuid.test(text);
  const found = useQuery({ ...foundTrialsQuery(filter ?? {}, mostOfKind), enabled: filter !== undefined });
  const named = useQuery({ ...trialQuery(text), enabled: isId, retry: false });
  const trials: TrialView[] = isId ? (named.data ? [named.data] : []) : filter ? (found.data ?? []) : [];
  const entries = trials.map((trial) => ({
    id: `trial ${trial.id}`,
    label: [...namedParts(trial), ...(trial.rank === null ? [] : [`r${trial.rank}`]), `seed ${trial.seed}`].join(' '),
    detail: `${trialStateLabels[trial.state]} · ${trial.kind} · ${trial.id.slice(-8)}`,
    open: () => navigate({ to: '/trials/$trialId', params: { trialId: trial.id } }),
  }));
  // An id may be that of something else, or of nothing.
  const isUnknown = named.error instanceof ProblemError && named.error.status === 404;
  return { entries, errors: errorsOf(found, ...(isUnknown ? [] : [named])) };
}

function useMethods(): Read {
  const navigate = useNavigate();
  const methods = useQuery(methodsQuery);
  const { methods: list = [], optimizers = [] } = methods.data ?? {};
  const entry = (kind: string, { name, title, paper }: Pick<MethodView, 'name' | 'title' | 'paper'>): Entry => ({
    id: `${kind} ${name}`,
    label: title,
    detail: name,
    words: paper?.title ?? '',
    open: () => navigate({ to: '/catalog', hash: `${kind}-${name}` }),
  });
  const entries = [...list.map((each) => entry('method', each)), ...optimizers.map((each) => entry('optimizer', each))];
  return { entries, errors: errorsOf(methods) };
}

function useData(): Read {
  const navigate = useNavigate();
  const datasets = useQuery(datasetsQuery);
  const tasks = useQuery(tasksQuery);
  const bases = useQuery(basesQuery);
  const adapters = useQuery(adaptersQuery);
  const generators = useQuery(generatorsQuery);
  const entries: Entry[] = [
    ...(datasets.data ?? []).map(({ id, name }) => ({
      id: `data ${id}`,
      label: name,
      detail: 'Data set',
      open: () => navigate({ to: '/datasets/$datasetId', params: { datasetId: id } }),
    })),
    ...(adapters.data ?? []).map(({ id, name }) => ({
      id: `adapter ${id}`,
      label: name,
      detail: 'Adapter',
      open: () => navigate({ to: '/adapters/$adapterId', params: { adapterId: id } }),
    })),
    ...(generators.data ?? []).map(({ id, generator: { name } }) => ({
      id: `generator ${id}`,
      label: name,
      detail: 'Generator',
      open: () => navigate({ to: '/generators' }),
    })),
    ...(tasks.data ?? []).map(({ name, title }) => ({
      id: `task ${name}`,
      label: title,
      detail: 'Task',
      words: name,
      open: () => navigate({ to: '/catalog', hash: `task-${name}` }),
    })),
    ...(bases.data ?? []).map(({ name }) => ({
      id: `base ${name}`,
      label: name,
      detail: 'Base model',
      open: () => navigate({ to: '/catalog', hash: `base-${name}` }),
    })),
  ];
  return { entries, errors: errorsOf(datasets, tasks, bases, adapters, generators) };
}
