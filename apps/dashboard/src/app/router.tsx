/** @file Addresses of the page. Features meet here and nowhere else. */

import { PaperClaimVerdict } from '@rankforge/contracts';
import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, Outlet, redirect } from '@tanstack/react-router';
import { z } from 'zod';
import { AccessSearch } from '../features/access/search.js';
import { EstimateSearch } from '../features/estimate/search.js';
import { LeaderboardSearch } from '../features/leaderboard/search.js';
import { SettingsSearch } from '../features/settings/search.js';
import { StandingsSearch } from '../features/standings/search.js';
import { SweepsSearch } from '../features/sweeps/search.js';
import { CompareSearch, CurvesSearch, TrialTableSearch } from '../features/trials/search.js';
import { ProblemError } from '../lib/api/client.js';
import { meQuery } from '../lib/api/session.js';
import { SweepFill } from '../lib/sweep-fill.js';
import { ErrorView } from './error-view.js';
import { lazyPage } from './lazy-page.js';
import { NotFound } from './not-found.js';
import { Shell } from './shell.js';

const root = createRootRouteWithContext<{ client: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: ErrorView,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: z.object({
    next: z.string().optional().catch(undefined),
    refused: z.boolean().optional().catch(undefined),
  }),
  component: lazyPage(() => import('../features/session/sign-in-page.js'), 'SignInPage'),
});

const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.client.ensureQueryData(meQuery);
    } catch (error) {
      if (error instanceof ProblemError && error.status === 401) {
        throw redirect({ to: '/sign-in', search: { next: location.href } });
      }
      throw error;
    }
  },
  errorComponent: (props) => (
    <Shell>
      <ErrorView {...props} />
    </Shell>
  ),
});

const home = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  component: lazyPage(() => import('../features/home/home-page.js'), 'HomePage'),
});

const sweeps = createRoute({
  getParentRoute: () => signedIn,
  path: '/sweeps',
  validateSearch: SweepsSearch,
  component: lazyPage(() => import('../features/sweeps/sweeps-page.js'), 'SweepsPage'),
});

const newSweep = createRoute({
  getParentRoute: () => signedIn,
  path: '/sweeps/new',
  validateSearch: z.object({
    from: z.string().optional().catch(undefined),
    fill: SweepFill.optional().catch(undefined),
    task: z.string().optional().catch(undefined),
  }),
  component: lazyPage(() => import('../features/new-sweep/new-sweep-page.js'), 'NewSweepPage'),
});

const sweep = createRoute({
  getParentRoute: () => signedIn,
  path: '/sweeps/$sweepId',
  component: lazyPage(() => import('../features/sweeps/sweep-page.js'), 'SweepPage'),
});

/** Goes on to one of the tabs. An address that chooses curves is an older one of theirs. */
const sweepStart = createRoute({
  getParentRoute: () => sweep,
  path: '/',
  validateSearch: CurvesSearch,
  component: lazyPage(() => import('../features/sweeps/sweep-start.js'), 'SweepStart'),
});

const sweepCurves = createRoute({
  getParentRoute: () => sweep,
  path: '/curves',
  validateSearch: CurvesSearch,
  component: lazyPage(() => import('../features/trials/curves-panel.js'), 'CurvesPanel'),
});

const sweepTrials = createRoute({
  getParentRoute: () => sweep,
  path: '/trials',
  validateSearch: TrialTableSearch,
  component: lazyPage(() => import('../features/trials/trials-panel.js'), 'TrialsPanel'),
});

const sweepLeaderboard = createRoute({
  getParentRoute: () => sweep,
  path: '/leaderboard',
  validateSearch: LeaderboardSearch.omit({ task: true, base: true, kind: true }),
  component: lazyPage(() => import('./sweep-leaderboard.js'), 'SweepLeaderboard'),
});

const sweepSettings = createRoute({
  getParentRoute: () => sweep,
  path: '/settings',
  validateSearch: SettingsSearch,
  component: lazyPage(() => import('../features/settings/settings-panel.js'), 'SettingsPanel'),
});

const sweepConfiguration = createRoute({
  getParentRoute: () => sweep,
  path: '/configuration',
  component: lazyPage(() => import('../features/sweeps/configuration-panel.js'), 'ConfigurationPanel'),
});

const trial = createRoute({
  getParentRoute: () => signedIn,
  path: '/trials/$trialId',
  component: lazyPage(() => import('../features/trials/trial-page.js'), 'TrialPage'),
});

const compareTrials = createRoute({
  getParentRoute: () => signedIn,
  path: '/trials/compare',
  validateSearch: CompareSearch,
  component: lazyPage(() => import('../features/trials/compare-page.js'), 'ComparePage'),
});

const leaderboard = createRoute({
  getParentRoute: () => signedIn,
  path: '/leaderboard',
  validateSearch: LeaderboardSearch,
  component: lazyPage(() => import('../features/leaderboard/leaderboard-page.js'), 'LeaderboardPage'),
});

const standings = createRoute({
  getParentRoute: () => signedIn,
  path: '/standings',
  validateSearch: StandingsSearch,
  component: lazyPage(() => import('../features/standings/standings-page.js'), 'StandingsPage'),
});

const paperClaims = createRoute({
  getParentRoute: () => signedIn,
  path: '/paper-claims',
  validateSearch: z.object({ verdict: PaperClaimVerdict.optional().catch(undefined) }),
  component: lazyPage(() => import('../features/paper-claims/paper-claims-page.js'), 'PaperClaimsPage'),
});

const workers = createRoute({
  getParentRoute: () => signedIn,
  path: '/workers',
  component: lazyPage(() => import('../features/workers/workers-page.js'), 'WorkersPage'),
});

const memory = createRoute({
  getParentRoute: () => signedIn,
  path: '/memory',
  component: lazyPage(() => import('../features/memory/memory-page.js'), 'MemoryPage'),
});

const estimate = createRoute({
  getParentRoute: () => signedIn,
  path: '/estimate',
  validateSearch: EstimateSearch,
  component: lazyPage(() => import('../features/estimate/estimate-page.js'), 'EstimatePage'),
});

const datasets = createRoute({
  getParentRoute: () => signedIn,
  path: '/datasets',
  component: lazyPage(() => import('../features/datasets/datasets-page.js'), 'DatasetsPage'),
});

const addDataset = createRoute({
  getParentRoute: () => signedIn,
  path: '/datasets/new',
  component: lazyPage(() => import('../features/datasets/add-dataset-page.js'), 'AddDatasetPage'),
});

const dataset = createRoute({
  getParentRoute: () => signedIn,
  path: '/datasets/$datasetId',
  component: lazyPage(() => import('../features/datasets/dataset-page.js'), 'DatasetPage'),
});

const adapters = createRoute({
  getParentRoute: () => signedIn,
  path: '/adapters',
  component: lazyPage(() => import('../features/adapters/adapters-page.js'), 'AdaptersPage'),
});

const importAdapter = createRoute({
  getParentRoute: () => signedIn,
  path: '/adapters/new',
  component: lazyPage(() => import('../features/adapters/import-adapter-page.js'), 'ImportAdapterPage'),
});

const adapter = createRoute({
  getParentRoute: () => signedIn,
  path: '/adapters/$adapterId',
  component: lazyPage(() => import('../features/adapters/adapter-page.js'), 'AdapterPage'),
});

const generators = createRoute({
  getParentRoute: () => signedIn,
  path: '/generators',
  component: lazyPage(() => import('../features/generators/generators-page.js'), 'GeneratorsPage'),
});

const addGenerator = createRoute({
  getParentRoute: () => signedIn,
  path: '/generators/new',
  validateSearch: z.object({ trial: z.string().optional().catch(undefined) }),
  component: lazyPage(() => import('../features/generators/add-generator-page.js'), 'AddGeneratorPage'),
});

const catalog = createRoute({
  getParentRoute: () => signedIn,
  path: '/catalog',
  component: lazyPage(() => import('../features/catalog/catalog-page.js'), 'CatalogPage'),
});

const access = createRoute({
  getParentRoute: () => signedIn,
  path: '/access',
  validateSearch: AccessSearch,
  component: lazyPage(() => import('../features/access/access-page.js'), 'AccessPage'),
});

const tree = root.addChildren([
  signIn,
  signedIn.addChildren([
    home,
    sweeps,
    newSweep,
    sweep.addChildren([sweepStart, sweepCurves, sweepTrials, sweepLeaderboard, sweepSettings, sweepConfiguration]),
    trial,
    compareTrials,
    leaderboard,
    standings,
    paperClaims,
    datasets,
    addDataset,
    dataset,
    adapters,
    importAdapter,
    adapter,
    generators,
    addGenerator,
    workers,
    memory,
    estimate,
    catalog,
    access,
  ]),
]);

export function createAppRouter(client: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { client },
    defaultPreload: 'intent',
    defaultErrorComponent: ErrorView,
    scrollRestoration: true,
  });
}

export type AppRouter = ReturnType<typeof createAppRouter>;

declare module '@tanstack/react-router' {
  interface Register {
    router: AppRouter;
  }
}
