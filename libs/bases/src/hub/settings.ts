import { parseEnvironment } from '@rankforge/contracts/environment';
import { z } from 'zod';
import { HubUnseenError } from './errors.js';

/** Every variable that says which hub is asked, and how. */
export const HubEnvironment = z.object({
  RANKFORGE_HUB: z.enum(['on', 'off']).default('on').describe('off: no request leaves for a hub'),
  HF_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .default('https://huggingface.co')
    .describe('Address of the hub'),
  HF_TOKEN: z.string().startsWith('hf_').optional().describe('Token of the hub, for private and gated models'),
});

export interface HubSettings {
  /** Without a slash at the end. */
  url: string;
  token: string | undefined;
  /** Variable that names a proxy, which Node.js passes by. */
  passedProxy?: string;
}

const proxies = ['HTTPS_PROXY', 'https_proxy'];

/**
 * Settings of the hub from the environment.
 *
 * @throws HubUnseenError when the hub is switched off; Error naming a variable that is wrong
 */
export function readHubSettings(environment: NodeJS.ProcessEnv): HubSettings {
  // An empty variable is how shells say "none".
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const env = parseEnvironment('The hub', HubEnvironment, given);
  if (env.RANKFORGE_HUB === 'off') {
    throw new HubUnseenError('the hub is switched off (RANKFORGE_HUB=off): give a folder, or set RANKFORGE_HUB=on');
  }
  const passedProxy = given.NODE_USE_ENV_PROXY === '1' ? undefined : proxies.find((name) => given[name] !== undefined);
  return { url: env.HF_ENDPOINT.replace(/\/+$/, ''), token: env.HF_TOKEN, ...(passedProxy && { passedProxy }) };
}
