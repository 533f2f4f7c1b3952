import { Body, Controller, Delete, Get, Inject, Param, Patch, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ChangeKey, CreateKey, Id, KeyList, KeyView, KeyWithSecret, RotateKey } from '@rankforge/contracts';
import { createKey, type Database, KeyEndedError, listKeys, revokeKey, rotateKey, setKeyQuotas } from '@rankforge/db';
import { type Caller, CallerOf, Needs } from '../access/access.js';
import { OfProject } from '../access/of-project.js';
import { Audited } from '../audit/audited.js';
import { DATABASE } from '../platform/database.js';
import { notFound, ProblemError } from '../platform/http/problem.js';

const dayMs = 86_400_000;

@ApiTags('keys')
@OfProject('key')
@Needs('admin')
@Controller('v1/keys')
export class KeysController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  @Get()
  @ApiOperation({ summary: 'Keys of the project, without their secrets; an admin of the installation sees all' })
  @ApiOkResponse({ standardSchema: KeyList })
  async list(@CallerOf() { project, installation }: Caller): Promise<KeyList> {
    return { keys: await listKeys(this.database, installation ? undefined : project.id) };
  }

  @Post()
  @Audited('key.create')
  @ApiOperation({ summary: 'Make a key of the project; its secret is in this answer and never again' })
  @ApiCreatedResponse({ standardSchema: KeyWithSecret })
  create(@Body({ schema: CreateKey }) request: CreateKey, @CallerOf() caller: Caller): Promise<KeyWithSecret> {
    const { name, role, installation, expiresInDays, quotas } = request;
    if (installation && !caller.installation) {
      throw new ProblemError('forbidden', 'Only an admin of the whole installation makes another');
    }
    if (installation && role !== 'admin') {
      throw new ProblemError('conflict', `A key of the whole installation has the role admin, not ${role}`);
    }
    return createKey(this.database, {
      name,
      role,
      projectId: installation ? null : caller.project.id,
      quotas,
      ...endOf(expiresInDays),
    });
  }

  @Patch(':id')
  @Audited('key.change')
  @ApiOperation({ summary: 'Set quotas of a key; those of its project bind as well' })
  @ApiOkResponse({ standardSchema: KeyView })
  async change(
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: ChangeKey }) { quotas }: ChangeKey,
  ): Promise<KeyView> {
    const changed = await setKeyQuotas(this.database, id, quotas);
    if (!changed) throw notFound('key', id);
    return changed;
  }

  @Post(':id/rotate')
  @Audited('key.rotate')
  @ApiOperation({ summary: 'Give a key a new secret; for the overlap the old one works as well' })
  @ApiCreatedResponse({ standardSchema: KeyWithSecret })
  async rotate(
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: RotateKey }) { overlapHours, expiresInDays }: RotateKey,
  ): Promise<KeyWithSecret> {
    const rotated = await rotateKey(this.database, id, { overlapHours, ...endOf(expiresInDays) }).catch((cause) => {
      if (!(cause instanceof KeyEndedError)) throw cause;
      const detail = `The ${cause.message}; name another end with expiresInDays, or make another key`;
      throw new ProblemError('conflict', detail, undefined, { cause });
    });
    if (!rotated) throw new ProblemError('conflict', `The key ${id} is revoked and gets no new secret; make another`);
    return rotated;
  }

  @Delete(':id')
  @Audited('key.revoke')
  @ApiOperation({ summary: 'Revoke a key for good' })
  @ApiOkResponse({ standardSchema: KeyView })
  async revoke(@Param('id', { schema: Id }) id: string): Promise<KeyView> {
    const revoked = await revokeKey(this.database, id);
    if (!revoked) throw notFound('key', id);
    return revoked;
  }
}

function endOf(days: number | undefined): { expiresAt?: Date } {
  return days === undefined ? {} : { expiresAt: new Date(Date.now() + days * dayMs) };
}
