import { Body, Controller, Delete, Get, HttpCode, Inject, Post, Put, Req, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ChooseProject, Me, SignIn } from '@rankforge/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Audited } from '../audit/audited.js';
import type { ApiSettings } from '../platform/env.js';
import { ProblemError } from '../platform/http/problem.js';
import { SETTINGS } from '../platform/settings.js';
import { type Caller, CallerOf, NeedsInstallation, Public, setCaller } from './access.js';
import { FailedAttempts } from './failed-attempts.js';
import { KeysService } from './keys.service.js';
import { projectCookie, sessionCookie } from './secret.js';

const sessionSeconds = 30 * 86_400;

@ApiTags('session')
@Controller('v1')
export class SessionController {
  constructor(
    private readonly keys: KeysService,
    private readonly failures: FailedAttempts,
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
  @ApiOperation({ summary: 'Sign the page in: keeps the key in an HttpOnly cookie' })
  @ApiOkResponse({ standardSchema: Me })
  async signIn(
    @Body({ schema: SignIn }) { key }: SignIn,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Me> {
    const caller = await this.keys.authenticate(key);
    if (!caller) {
      await this.failures.note(request);
      throw new ProblemError('unauthenticated', 'This key is unknown, revoked or at its end');
    }
    setCaller(request, caller);
    reply.setCookie(sessionCookie, key, this.cookie());
    reply.clearCookie(projectCookie, { path: '/' });
    return viewCaller(caller);
  }

  @Put('session/project')
  @NeedsInstallation()
  @ApiOperation({ summary: 'The project the page of an admin of the installation looks at; kept in a cookie' })
  @ApiOkResponse({ standardSchema: Me })
  async choose(
    @Body({ schema: ChooseProject }) { name }: ChooseProject,
    @CallerOf() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Me> {
    const project = await this.keys.acting(null, name);
    reply.setCookie(projectCookie, name, this.cookie());
    return viewCaller({ ...caller, project });
  }

  @Delete('session')
  @Public()
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign the page out' })
  @ApiNoContentResponse()
  async signOut(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    // There is no session where no provider is set up.
    await (request as Partial<FastifyRequest>).session?.destroy();
    reply.clearCookie(sessionCookie, { path: '/' }).clearCookie(projectCookie, { path: '/' });
  }

  private cookie() {
    return {
      path: '/',
      httpOnly: true,
      sameSite: 'strict' as const,
      secure: this.settings.secureCookie,
      maxAge: sessionSeconds,
    };
  }
}

function viewCaller({ name, role, project, installation }: Caller): Me {
  return { name, role, project, installation };
}
