import { Controller, Get, Headers, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Caller, CallerOf } from '../access/access.js';
import { BoardKeeping } from '../leaderboard/board-keeping.js';
import type { Computed } from '../platform/computation.js';
import { Computing } from '../platform/computing.js';
import { whileClientWaits } from '../uploads/client-gone.js';
import { claimsComputation, claimsTableComputation } from './computations.js';

@ApiTags('paper-claims')
@Controller('v1/paper-claims')
export class PaperClaimsController {
  constructor(
    private readonly computing: Computing,
    private readonly keeping: BoardKeeping,
  ) {}

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
    @CallerOf() { project: { id: projectId } }: Caller,
    @Headers('accept') accept: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Computed | Buffer> {
    const keeping = await this.keeping.ofProject(projectId);
    const isTable = accept?.includes('text/markdown') === true;
    const computed = await whileClientWaits(request, (signal) =>
      this.computing.ask(
        isTable ? claimsTableComputation : claimsComputation,
        projectId,
        { owner: projectId, signal },
        keeping,
      ),
    );
    void reply.header('vary', 'accept');
    if (!isTable) return computed;
    void reply.type('text/markdown; charset=utf-8');
    return computed.bytes;
  }
}
