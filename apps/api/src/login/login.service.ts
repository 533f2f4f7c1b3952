import { Inject, Injectable } from '@nestjs/common';
import * as oidc from 'openid-client';
import type { Person } from '../access/person.js';
import type { ApiSettings } from '../platform/env.js';
import { ProblemError } from '../platform/http/problem.js';
import type { LoginSettings } from '../platform/login-settings.js';
import { SETTINGS } from '../platform/settings.js';
import type { Departure } from './departures.js';

/** Authorization code with PKCE, state and nonce (OpenID Connect Core 1.0, RFC 7636). */
@Injectable()
export class LoginService {
  private known: Promise<oidc.Configuration> | undefined;

  constructor(@Inject(SETTINGS) private readonly settings: ApiSettings) {}

  /** Where a person goes to sign in, and what must be known when they come back. */
  async depart(): Promise<{ url: string; departure: Departure }> {
    const provider = await this.provider();
    const departure = { state: oidc.randomState(), nonce: oidc.randomNonce(), verifier: oidc.randomPKCECodeVerifier() };
    const url = oidc.buildAuthorizationUrl(provider, {
      redirect_uri: this.returnUrl().href,
      scope: 'openid profile email',
      state: departure.state,
      nonce: departure.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(departure.verifier),
      code_challenge_method: 'S256',
    });
    return { url: url.href, departure };
  }

  /**
   * @param search of the address the provider sent the browser back to
   * @throws ProblemError `unauthenticated` when the provider's answer does not hold, `forbidden` when nothing is granted
   */
  async arrive(search: string, { state, nonce, verifier }: Departure): Promise<Person> {
    const provider = await this.provider();
    const back = this.returnUrl();
    back.search = search;
    const expected = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true };
    const tokens = await oidc.authorizationCodeGrant(provider, back, expected).catch((cause: unknown) => {
      throw new ProblemError('unauthenticated', 'The identity provider did not confirm who you are', undefined, {
        cause,
      });
    });
    const claims = tokens.claims() as Record<string, unknown>;
    const text = (name: string) => (typeof claims[name] === 'string' ? claims[name].slice(0, 200) : undefined);
    const name = text('email') ?? text('preferred_username') ?? text('name') ?? String(claims.sub);
    return { name, grant: this.granted(claims) };
  }

  /** @throws ProblemError `not-found` where no provider is set up */
  get setUp(): LoginSettings {
    const { login } = this.settings;
    if (login) return login;
    throw new ProblemError('not-found', 'No identity provider is set up (RANKFORGE_OIDC_ISSUER); sign in with a key');
  }

  /** The value of the claim that decides: the first of the grants that the person has. */
  private granted(claims: Record<string, unknown>): string {
    const { claim, grants } = this.setUp;
    const values = [claims[claim]].flat();
    const found = Object.keys(grants).find((value) => values.includes(value));
    if (found !== undefined) return found;
    throw new ProblemError('forbidden', `None of your "${claim}" may do anything here; ask who runs this installation`);
  }

  private returnUrl(): URL {
    return new URL('/v1/login/callback', this.setUp.publicUrl);
  }

  /** Read once; after a failure the next person tries again. */
  private provider(): Promise<oidc.Configuration> {
    const { issuer, clientId, clientSecret } = this.setUp;
    // Only an issuer that was set up without TLS is spoken to without.
    const options = issuer.protocol === 'http:' ? { execute: [oidc.allowInsecureRequests] } : {};
    this.known ??= oidc.discovery(issuer, clientId, clientSecret, undefined, options).catch((cause: unknown) => {
      this.known = undefined;
      throw new ProblemError('unavailable', 'The identity provider does not answer', undefined, { cause });
    });
    return this.known;
  }
}
