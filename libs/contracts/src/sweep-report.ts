/** @file A report of one sweep as one file, for people who have no key. */
import { z } from 'zod';

export const reportFormats = ['html', 'md'] as const;
export type ReportFormat = (typeof reportFormats)[number];

export const SweepReportQuery = z.strictObject({
  format: z.enum(reportFormats).default('html').meta({
    description: '`html`: a page that needs no other file and no network. `md`: Markdown, for a repository or a wiki.',
  }),
});
export type SweepReportQuery = z.infer<typeof SweepReportQuery>;
