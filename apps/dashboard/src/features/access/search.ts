import { z } from 'zod';

/** The tab of the page Access, as the address carries it. */
export const AccessSearch = z.object({
  tab: z.enum(['projects', 'keys', 'webhooks', 'storage', 'audit']).optional().catch(undefined),
});
