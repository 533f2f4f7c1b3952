import { Body, Controller, Delete, Get, HttpCode, Inject, Post, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { KeyList, Me, SignIn } from '@rankforge/contracts';
import { type Database, listKeys } from '@rankforge/db';
import type { FastifyReply } from 'fastify';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { ProblemError } from '../platform/http/problem.js';
import { SETTINGS } from '../platform/settings.js';
import { type Caller, CallerOf, Needs, Public } from './access.js';
import { KeysService } from './keys.service.js';
import { sessionCookie } from './secret.js';

const sessionSeconds = 30 * 86_400;

@ApiTags('keys')
@Controller('v1')
export class KeysController {
  constructor(
    private readonly keys: KeysService,
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: ApiSettings,
  ) {}

  @Get('me')
  @ApiOperation({ summary: 'The key of this request' })
  @ApiOkResponse({ standardSchema: Me })
  me(@CallerOf() { name, role }: Caller): Me {
    return { name, role };
  }

  @Get('keys')
  @Needs('admin')
  @ApiOperation({ summary: 'All keys, without their secrets' })
  @ApiOkResponse({ standardSchema: KeyList })
  async list(): Promise<KeyList> {
    return { keys: await listKeys(this.database) };
  }

  @Post('session')
  @Public()
  @HttpCode(200)
  @ApiOperation({ summary: 'Sign the page in: keeps the key in an HttpOnly cookie' })
  @ApiOkResponse({ standardSchema: Me })
  async signIn(
    @Body({ schema: SignIn }) { key }: SignIn,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Me> {
    const caller = await this.keys.authenticate(key);
    if (!caller) throw new ProblemError('unauthenticated', 'This key is unknown or revoked');
    reply.setCookie(sessionCookie, key, {
      path: '/',
      httpOnly: true,
      sameSite: 'strict',
      secure: this.settings.secureCookie,
      maxAge: sessionSeconds,
    });
    return { name: caller.name, role: caller.role };
  }

  @Delete('session')
  @Public()
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign the page out' })
  @ApiNoContentResponse()
  signOut(@Res({ passthrough: true }) reply: FastifyReply): void {
    reply.clearCookie(sessionCookie, { path: '/' });
  }
}
