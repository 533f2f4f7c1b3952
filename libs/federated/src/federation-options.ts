/** @file Options of a federation besides its strategy, its method and the options of its trainings. */
import { z } from 'zod';
import { attacks } from './attacks/registry.js';
import { participationSchema } from './participation.js';
import { privacySchema } from './privacy-options.js';

const count = z.int().positive();

export const attackNames: readonly string[] = attacks.map(({ name }) => name);

const adversariesSchema = z.strictObject({
  attack: z.enum(attacks.map(({ name }) => name)).describe('What attackers do'),
  share: z.number().min(0).max(1).describe('Attackers among all clients, rounded; above a half no rule holds'),
  factor: z.number().positive().default(10).describe('What a changed update is multiplied by, or at most is'),
});

export const federationOptionsSchema = z.strictObject({
  rounds: count.describe('Rounds of training at clients and aggregation'),
  localSteps: count.describe('Optimizer steps of a client in a round'),
  participation: participationSchema.prefault({}).describe('Who takes part in a round'),
  lost: z.number().min(0).lt(1).default(0).describe('Turns that are lost, of all: each client of a round by itself'),
  adversaries: adversariesSchema.optional().describe('Clients that attack; omitted: none'),
  privacy: privacySchema.optional().describe('Clips changes and adds noise; omitted: neither'),
  secureAggregation: z
    .boolean()
    .default(false)
    .describe('The server learns the sum of messages alone: clients mask them against each other'),
  evalEvery: count.optional().describe('Rounds between evaluations on validation; omitted: only at the end'),
  checkpointEvery: count.optional().describe('Rounds between checkpoints; omitted: none'),
});

export type FederationOptions = z.output<typeof federationOptionsSchema>;
