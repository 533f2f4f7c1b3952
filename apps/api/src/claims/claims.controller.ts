import { Controller, Get, Headers, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ClaimList } from '@rankforge/contracts';
import type { FastifyReply } from 'fastify';
import { type Caller, CallerOf } from '../keys/access.js';
import { ClaimsService } from './claims.service.js';
import { claimsMarkdown } from './markdown.js';

@ApiTags('claims')
@Controller('v1/claims')
export class ClaimsController {
  constructor(private readonly claims: ClaimsService) {}

  @Get()
  @ApiOperation({
    summary:
      'What papers claim of methods and optimizers, and whether what was measured here agrees; as text/markdown too',
  })
  @ApiOkResponse({ standardSchema: ClaimList })
  async list(
    @CallerOf() { project }: Caller,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ClaimList | string> {
    const list = await this.claims.list(project.id);
    void reply.header('vary', 'accept');
    if (!accept?.includes('text/markdown')) return list;
    void reply.type('text/markdown; charset=utf-8');
    return claimsMarkdown(list);
  }
}
