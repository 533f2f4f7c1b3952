import { Body, Controller, Delete, Get, HttpCode, Inject, Post, Put, Req, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ChooseProject, Me, projectHeader, SignedIn, SignIn } from '@rankforge/contracts';
import {
  beginSession,
  chooseSessionProject,
  type Database,
  endSession,
  hashKeySecret,
  hashSessionSecret,
} from '@rankforge/db';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Caller, CallerOf, NeedsInstallation, Public, setCaller } from '../access/access.js';
import { Callers } from '../access/callers.js';
import { FailedAttempts } from '../access/failed-attempts.js';
import { clearSession, sessionIdOf, setSession } from '../access/session-cookies.js';
import { Audited } from '../audit/audited.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { refuseOtherSites } from '../platform/http/other-sites.js';
import { ProblemError } from '../platform/http/problem.js';
import { SETTINGS } from '../platform/settings.js';

/** Longest life of a session that a key began; it ends with the key before that. */
const sessionSeconds = 7 * 86_400;

@ApiTags('session')
@Controller('v1')
export class SessionController {
  constructor(
    private readonly callers: Callers,
    private readonly failures: FailedAttempts,
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: ApiSettings,
  ) {}

  @Get('me')
  @ApiOperation({ summary: 'Who makes this request, and in which project' })
  @ApiOkResponse({ standardSchema: Me })
  me(@CallerOf() caller: Caller): Me {
    return viewCaller(caller);
  }

  @Post('session')
  @Public()
  @HttpCode(200)
  @Audited('session.sign-in')
  @ApiOperation({ summary: 'Sign the page in: begins a session of an HttpOnly cookie and a token for the page' })
  @ApiOkResponse({ standardSchema: SignedIn })
  async signIn(
    @Body({ schema: SignIn }) { key }: SignIn,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignedIn> {
    // Else a form of another site would sign a person in as somebody else.
    refuseOtherSites(request, this.settings.publicUrl);
    const caller = await this.callers.find({ kind: 'key', hash: hashKeySecret(key) });
    if (!caller) {
      await this.failures.note(request);
      throw new ProblemError('unauthenticated', 'This key is unknown, revoked or at its end');
    }
    setCaller(request, caller);
    await this.endSession(request);
    const { id, pageToken } = await beginSession(this.database, { keyHash: caller.credential.hash }, sessionSeconds);
    setSession(request, reply, id, { ...this.settings, seconds: sessionSeconds });
    return { ...viewCaller(caller), pageToken };
  }

  @Put('session/project')
  @NeedsInstallation()
  @ApiOperation({ summary: 'The project the page of an admin of the installation looks at; kept in the session' })
  @ApiOkResponse({ standardSchema: Me })
  async choose(@Body({ schema: ChooseProject }) { name }: ChooseProject, @CallerOf() caller: Caller): Promise<Me> {
    if (caller.credential.kind !== 'session') {
      throw new ProblemError(
        'conflict',
        `This request has no session; name the project in the header ${projectHeader}`,
      );
    }
    const project = await this.callers.acting(null, name);
    await chooseSessionProject(this.database, caller.credential.hash, project.id);
    return viewCaller({ ...caller, project });
  }

  @Delete('session')
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign the page out' })
  @ApiNoContentResponse()
  async signOut(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    await this.endSession(request);
    clearSession(request, reply, this.settings);
  }

  /** Ends the session in the cookie of a request, if there is one. */
  private async endSession(request: FastifyRequest): Promise<void> {
    const id = sessionIdOf(request, this.settings);
    if (id !== undefined) await endSession(this.database, hashSessionSecret(id));
  }
}

function viewCaller({ name, role, project, installation }: Caller): Me {
  return { name, role, project, installation };
}
