import { IconMapOff } from '@tabler/icons-react';
import { Empty } from '../components/feedback.js';
import { ButtonLink } from '../components/links.js';

export function NotFound() {
  return (
    <Empty
      icon={IconMapOff}
      title="There is no such page"
      action={<ButtonLink to="/sweeps">Go to the sweeps</ButtonLink>}
    >
      The address is mistyped, or what it named has been removed.
    </Empty>
  );
}
