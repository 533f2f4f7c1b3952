import { Body, Controller, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FlowerTable, PeftResult, PublishedResult } from '@rankforge/contracts';
import { type Caller, CallerOf, Needs } from '../access/access.js';
import { Audited } from '../audit/audited.js';
import { PublishedService } from './published.service.js';

@ApiTags('published results')
@Controller('v1/published-results')
export class PublishedController {
  constructor(private readonly published: PublishedService) {}

  @Post()
  @Needs('submitter')
  @Audited('published.import')
  @ApiOperation({ summary: 'Put a result file of peft’s method comparison on a board of its own' })
  @ApiCreatedResponse({ standardSchema: PublishedResult })
  add(@Body({ schema: PeftResult }) document: PeftResult, @CallerOf() caller: Caller): Promise<PublishedResult> {
    return this.published.add(document, caller);
  }

  @Post('flowertune')
  @Needs('submitter')
  @Audited('published.import')
  @ApiOperation({
    summary: 'Put a table of a FlowerTune leaderboard on a board of its own, in the place of an older one',
  })
  @ApiCreatedResponse({ standardSchema: PublishedResult })
  addTable(@Body({ schema: FlowerTable }) document: FlowerTable, @CallerOf() caller: Caller): Promise<PublishedResult> {
    return this.published.addTable(document, caller);
  }
}
