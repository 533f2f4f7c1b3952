/** @file Computes importances in a process of its own: many configurations and settings, each resampled, take up to seconds. */
import type { SweepSettings } from '@rankforge/contracts';
import { answerJob } from '../../platform/answer-job.js';
import { type Asked, importanceOf } from './importance.js';

export type Job = Asked;

export type Answer = { computed: SweepSettings['importance'] } | { failed: string };

answerJob((job: Job): Answer => ({ computed: importanceOf(job) }));
