import { Controller, Get, Inject, Query, Redirect, Req } from '@nestjs/common';
import { ApiFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { defaultProject, LoginReturn, SignInOptions } from '@rankforge/contracts';
import type { FastifyRequest } from 'fastify';
import { Audited } from '../audit/audited.js';
import { Public, setCaller } from '../keys/access.js';
import type { ApiSettings } from '../platform/env.js';
import { ProblemError } from '../platform/http/problem.js';
import { SETTINGS } from '../platform/settings.js';
import { LoginService } from './login.service.js';

@ApiTags('session')
@Controller('v1')
@Public()
export class LoginController {
  constructor(
    private readonly login: LoginService,
    @Inject(SETTINGS) private readonly settings: ApiSettings,
  ) {}

  @Get('session/options')
  @ApiOperation({ summary: 'How the page may sign in besides by a key' })
  @ApiOkResponse({ standardSchema: SignInOptions })
  options(): SignInOptions {
    return { provider: this.settings.login !== undefined };
  }

  @Get('login')
  @Redirect()
  @ApiOperation({ summary: 'To the identity provider' })
  @ApiFoundResponse({ description: 'The address of the provider' })
  async leave(@Req() request: FastifyRequest): Promise<{ url: string; statusCode: number }> {
    const { url, departure } = await this.login.depart();
    request.session.login = departure;
    return { url, statusCode: 302 };
  }

  @Get('login/callback')
  @Redirect()
  @Audited('session.sign-in')
  @ApiOperation({ summary: 'Back from the identity provider: begins a session' })
  @ApiFoundResponse({ description: 'The page' })
  async arrive(
    @Query({ schema: LoginReturn }) _: LoginReturn,
    @Req() request: FastifyRequest,
  ): Promise<{ url: string; statusCode: number }> {
    const { publicUrl } = this.login.setUp;
    const departure = request.session.login;
    if (!departure) {
      throw new ProblemError(
        'unauthenticated',
        'No sign-in was begun in this browser, or it was finished; begin again',
      );
    }
    // An answer counts once, whatever comes of it.
    delete request.session.login;
    const person = await this.login.arrive(new URL(request.url, publicUrl).search, departure);
    // A new id: one that was planted in the browser before is worth nothing now.
    await request.session.regenerate();
    request.session.person = person;
    const { name, role, project } = person;
    setCaller(request, { keyId: null, name, role, installation: project === null, project: project ?? defaultProject });
    return { url: new URL('/', publicUrl).href, statusCode: 302 };
  }
}
