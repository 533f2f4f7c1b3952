import { LoginGrants } from '@rankforge/contracts';
import { z } from 'zod';

const grants = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'is not JSON' });
      return z.NEVER;
    }
  })
  .pipe(LoginGrants);

/** Variables of signing in through an identity provider. Off without an issuer. */
export const loginVariables = {
  RANKFORGE_OIDC_ISSUER: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('OpenID Connect issuer; the page signs in there'),
  RANKFORGE_OIDC_CLIENT_ID: z.string().min(1).optional().describe('Client id at the issuer'),
  RANKFORGE_OIDC_CLIENT_SECRET: z.string().min(1).optional().describe('Client secret at the issuer'),
  RANKFORGE_OIDC_CLAIM: z.string().min(1).default('groups').describe('Claim whose values say what a person may do'),
  RANKFORGE_OIDC_GRANTS: grants
    .optional()
    .describe('JSON: value of the claim to role and project, e.g. {"ml": {"role": "submitter", "project": "default"}}'),
  RANKFORGE_PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Address of the page, for the way back from the issuer and to know its own requests by'),
};

type Variables = z.output<z.ZodObject<typeof loginVariables>>;

/** How people sign in. */
export interface LoginSettings {
  issuer: URL;
  clientId: string;
  clientSecret: string;
  claim: string;
  grants: z.output<typeof LoginGrants>;
  publicUrl: URL;
}

/** @throws Error naming the variables that are missing once there is an issuer */
export function readLoginSettings(env: Variables): LoginSettings | undefined {
  if (env.RANKFORGE_OIDC_ISSUER === undefined) return undefined;
  const need = <K extends keyof Variables>(name: K): NonNullable<Variables[K]> => {
    const value = env[name];
    if (value !== undefined && value !== null) return value;
    throw new Error(`RANKFORGE_OIDC_ISSUER is set, so ${name} is needed (${loginVariables[name].description})`);
  };
  return {
    issuer: new URL(env.RANKFORGE_OIDC_ISSUER),
    clientId: need('RANKFORGE_OIDC_CLIENT_ID'),
    clientSecret: need('RANKFORGE_OIDC_CLIENT_SECRET'),
    claim: env.RANKFORGE_OIDC_CLAIM,
    grants: need('RANKFORGE_OIDC_GRANTS'),
    publicUrl: new URL(need('RANKFORGE_PUBLIC_URL')),
  };
}
