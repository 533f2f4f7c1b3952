import { Controller, Get, Inject, Query, Redirect, Req, Res } from '@nestjs/common';
import { ApiFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { LoginReturn, SignInOptions } from '@rankforge/contracts';
import { beginSession, type Database, hashSessionSecret } from '@rankforge/db';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public, setCaller } from '../access/access.js';
import { Callers } from '../access/callers.js';
import { clearDeparture, departureIdOf, setDeparture, setSession } from '../access/session-cookies.js';
import { Audited } from '../audit/audited.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { AnyQuery } from '../platform/http/described-routes.js';
import { ProblemError } from '../platform/http/problem.js';
import { SETTINGS } from '../platform/settings.js';
import { departureSeconds, keepDeparture, takeDeparture } from './departures.js';
import { LoginService } from './login.service.js';

/** Longest life of a person's session, after which they sign in again. */
const sessionSeconds = 8 * 3600;

@ApiTags('session')
@Controller('v1')
export class LoginController {
  constructor(
    private readonly login: LoginService,
    private readonly callers: Callers,
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: ApiSettings,
  ) {}

  @Get('session/options')
  @Public()
  @ApiOperation({ summary: 'How the page may sign in besides by a key' })
  @ApiOkResponse({ standardSchema: SignInOptions })
  options(): SignInOptions {
    return { provider: this.settings.login !== undefined };
  }

  @Get('login')
  @Public()
  @Redirect()
  @ApiOperation({ summary: 'To the identity provider' })
  @ApiFoundResponse({ description: 'The address of the provider' })
  async leave(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ url: string; statusCode: number }> {
    const { url, departure } = await this.login.depart();
    const id = await keepDeparture(this.database, departure);
    setDeparture(request, reply, id, { ...this.settings, seconds: departureSeconds });
    return { url, statusCode: 302 };
  }

  @Get('login/callback')
  @Public()
  @AnyQuery()
  @Redirect()
  @Audited('session.sign-in')
  @ApiOperation({ summary: 'Back from the identity provider: begins a session' })
  @ApiFoundResponse({ description: 'The page' })
  async arrive(
    @Query({ schema: LoginReturn }) _: LoginReturn,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ url: string; statusCode: number }> {
    const { publicUrl } = this.login.setUp;
    // An answer counts once, whatever comes of it.
    const departureId = departureIdOf(request, this.settings);
    const departure = departureId === undefined ? undefined : await takeDeparture(this.database, departureId);
    clearDeparture(request, reply, this.settings);
    if (!departure) {
      throw new ProblemError(
        'unauthenticated',
        'No sign-in was begun in this browser, or it was finished; begin again',
      );
    }
    const person = await this.login.arrive(new URL(request.url, publicUrl).search, departure);
    const { id, pageToken } = await beginSession(this.database, { person: { ...person } }, sessionSeconds);
    const caller = await this.callers.find({
      kind: 'session',
      hash: hashSessionSecret(id),
      pageHash: hashSessionSecret(pageToken),
    });
    if (!caller) {
      throw new ProblemError('forbidden', 'The project you are granted is not there; ask who runs this installation');
    }
    setSession(request, reply, id, { ...this.settings, seconds: sessionSeconds });
    setCaller(request, caller);
    // A fragment stays in the browser; the page takes it out of its address at once.
    return { url: new URL(`/#session=${pageToken}`, publicUrl).href, statusCode: 302 };
  }
}
