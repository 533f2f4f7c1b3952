/** @file Paper claims as they are judged beside the API. */
import { PaperClaimList } from '@rankforge/contracts';
import { computation } from '../platform/computation.js';
import { paperClaimsMarkdown } from './markdown.js';
import { PaperClaimsService } from './paper-claims.service.js';

const shared = {
  lane: 'long',
  words: { thing: 'table of paper claims', done: 'computed' },
  advice: 'remove sweeps that nobody needs',
  by: PaperClaimsService,
} as const;

export const claimsComputation = computation({
  ...shared,
  name: 'paper-claims',
  schema: PaperClaimList,
  run: (claims, projectId: string) => claims.list(projectId),
});

export const claimsTableComputation = computation({
  ...shared,
  name: 'paper-claims-table',
  run: async (claims, projectId: string) => paperClaimsMarkdown(await claims.list(projectId)),
  write: (text) => ({ text, facts: {} }),
});
