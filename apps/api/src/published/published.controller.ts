import { Body, Controller, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PeftResult, PublishedResult } from '@rankforge/contracts';
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
}
