import { Inject, Injectable } from '@nestjs/common';
import type { ReportFormat } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { Catalog } from '../../catalog/catalog.js';
import { Tasks } from '../../catalog/tasks.js';
import { BoardsService } from '../../leaderboard/boards.service.js';
import { DATABASE } from '../../platform/database.js';
import { apiVersion } from '../../platform/version.js';
import { SweepsService } from '../sweeps.service.js';
import type { Report } from './document.js';
import { type ReportFacts, readData, readRanOn } from './facts.js';
import { reportOf } from './report.js';
import { reportHtml } from './to-html.js';
import { reportMarkdown } from './to-markdown.js';

interface Format {
  type: string;
  write(report: Report): string;
}

const formats: Record<ReportFormat, Format> = {
  html: { type: 'text/html; charset=utf-8', write: reportHtml },
  md: { type: 'text/markdown; charset=utf-8', write: reportMarkdown },
};

/** A report as a file. */
export interface SweepReport {
  name: string;
  type: string;
  text: string;
}

/** Makes reports of sweeps from what their pages show. */
@Injectable()
export class SweepReporter {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly sweeps: SweepsService,
    private readonly boards: BoardsService,
    private readonly tasks: Tasks,
    private readonly catalog: Catalog,
  ) {}

  /**
   * The report as a file of its format.
   *
   * @throws ProblemError `not-found`, and where the board cannot be read
   */
  async make(id: string, format: ReportFormat, projectId: string): Promise<SweepReport> {
    const facts = await this.read(id, projectId);
    const { type, write } = formats[format];
    return { name: fileName(facts.sweep.name, format), type, text: write(reportOf(facts)) };
  }

  private async read(id: string, projectId: string): Promise<ReportFacts> {
    const sweep = await this.sweeps.get(id);
    const { task, base } = sweep;
    const [board, found, ranOn, data, row] = await Promise.all([
      this.boards.read({ task, base, sweepId: id, by: 'method' }, projectId),
      this.tasks.find(task, projectId),
      readRanOn(this.database, id),
      readData(this.database, id),
      this.database.sweep.findUnique({ where: { id }, select: { baseSha256: true } }),
    ]);
    return {
      sweep,
      board,
      ranOn,
      data,
      task: found?.task,
      baseSha256: row?.baseSha256 ?? null,
      versions: { rankforge: apiVersion, library: this.catalog.libraryVersion },
      madeAt: new Date(),
    };
  }
}

/** @example fileName('LoRA & kin', 'html') // 'report-LoRA-kin.html' */
const fileName = (name: string, format: ReportFormat): string =>
  `report-${
    name
      .replaceAll(/[^a-zA-Z0-9_-]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .slice(0, 80) || 'sweep'
  }.${format}`;
