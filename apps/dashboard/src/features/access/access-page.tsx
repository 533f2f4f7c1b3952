import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Page } from '../../components/page.js';
import { mayAct, meQuery } from '../../lib/api/session.js';
import { AuditTrail } from './audit-trail.js';
import { Keys } from './keys.js';
import { Projects } from './projects.js';
import { AccessSearch } from './search.js';
import { Storage } from './storage.js';
import { Webhooks } from './webhooks.js';

const route = getRouteApi('/signed-in/access');

export function AccessPage() {
  const { tab = 'projects' } = route.useSearch();
  const navigate = route.useNavigate();
  const me = useQuery(meQuery).data;
  const admin = me !== undefined && mayAct(me.role, 'admin');
  return (
    <Page
      title="Access"
      description={me ? `Who may do what in the project ${me.project.name}, and who did.` : undefined}
    >
      <Tabs
        value={admin ? tab : 'projects'}
        onChange={(value) => void navigate({ search: AccessSearch.parse({ tab: value }), replace: true })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="projects">Projects</Tabs.Tab>
          {admin ? (
            <>
              <Tabs.Tab value="keys">Keys</Tabs.Tab>
              <Tabs.Tab value="webhooks">Webhooks</Tabs.Tab>
              <Tabs.Tab value="storage">Storage</Tabs.Tab>
              <Tabs.Tab value="audit">Audit trail</Tabs.Tab>
            </>
          ) : null}
        </Tabs.List>
        <Tabs.Panel value="projects">
          <Projects installation={me?.installation ?? false} />
        </Tabs.Panel>
        <Tabs.Panel value="keys">
          <Keys />
        </Tabs.Panel>
        <Tabs.Panel value="webhooks">
          <Webhooks />
        </Tabs.Panel>
        <Tabs.Panel value="storage">
          <Storage />
        </Tabs.Panel>
        <Tabs.Panel value="audit">
          <AuditTrail />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
