import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { chooseProject, projectsQuery } from '../lib/api/access.js';
import { meQuery } from '../lib/api/session.js';

/** Projects that who is signed in may go to; none where it may act in one alone. */
export function useProjectChoice() {
  const me = useQuery(meQuery).data;
  const projects = useQuery({ ...projectsQuery, enabled: me?.installation === true, refetchInterval: false });
  const client = useQueryClient();
  const navigate = useNavigate();
  const current = me?.project.name;

  /** Goes to another project: everything that was read is read again there. */
  async function choose(name: string) {
    try {
      await chooseProject(name);
    } catch (error) {
      notifications.show({ color: 'red', title: 'Still in this project', message: (error as Error).message });
      return;
    }
    await client.resetQueries();
    await navigate({ to: '/sweeps' });
  }

  const others = (projects.data ?? []).map(({ name }) => name).filter((name) => name !== current);
  return { current, others, choose };
}
