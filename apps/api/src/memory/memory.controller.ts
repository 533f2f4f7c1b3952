import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { MemoryAccuracy, predictionTolerance } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { type Caller, CallerOf } from '../access/access.js';
import { DATABASE } from '../platform/database.js';
import { readMemoryAccuracy } from './memory-accuracy.js';

@ApiTags('memory')
@Controller('v1/memory-accuracy')
export class MemoryController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  @Get()
  @ApiOperation({ summary: 'How far measured peaks were from predicted ones, by method and engine' })
  @ApiOkResponse({ standardSchema: MemoryAccuracy })
  async read(@CallerOf() { project }: Caller): Promise<MemoryAccuracy> {
    const rows = await readMemoryAccuracy(this.database, project.id);
    return {
      rows: rows.map((row) => ({ ...row, off: Math.abs(row.median - 1) > predictionTolerance })),
      tolerance: predictionTolerance,
    };
  }
}
