import { Controller, Get, Headers, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { PaperClaimList } from '@rankforge/contracts';
import type { FastifyReply } from 'fastify';
import { type Caller, CallerOf } from '../access/access.js';
import { paperClaimsMarkdown } from './markdown.js';
import { PaperClaimsService } from './paper-claims.service.js';

@ApiTags('paper-claims')
@Controller('v1/paper-claims')
export class PaperClaimsController {
  constructor(private readonly paperClaims: PaperClaimsService) {}

  @Get()
  @ApiOperation({
    summary:
      'What papers say of methods and optimizers, and whether what was measured here agrees; as text/markdown too',
  })
  @ApiOkResponse({
    content: {
      'application/json': { schema: { $ref: '#/components/schemas/PaperClaimList' } },
      'text/markdown': { schema: { type: 'string' } },
    },
  })
  async list(
    @CallerOf() { project }: Caller,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PaperClaimList | string> {
    const list = await this.paperClaims.list(project.id);
    void reply.header('vary', 'accept');
    if (!accept?.includes('text/markdown')) return list;
    void reply.type('text/markdown; charset=utf-8');
    return paperClaimsMarkdown(list);
  }
}
