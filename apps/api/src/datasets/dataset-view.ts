import { DatasetMapping, DatasetReport, DatasetSplit, type DatasetView, datasetTask } from '@rankforge/contracts';
import type { Prisma } from '@rankforge/db';

/** The columns that a view is made from. */
export const withSweeps = { _count: { select: { sweeps: true } } } satisfies Prisma.DatasetInclude;
export type DatasetRow = Prisma.DatasetGetPayload<{ include: typeof withSweeps }>;

export function viewDataset(row: DatasetRow): DatasetView {
  return {
    id: row.id,
    name: row.name,
    task: datasetTask(row.name),
    format: row.format as DatasetView['format'],
    source: row.source,
    mapping: DatasetMapping.parse(row.mapping),
    split: DatasetSplit.parse(row.split),
    sha256: row.sha256,
    bytes: Number(row.bytes),
    report: DatasetReport.parse(row.report),
    sweeps: row._count.sweeps,
    createdAt: row.createdAt.toISOString(),
  };
}
