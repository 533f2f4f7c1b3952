import { Box } from '@mantine/core';
import { ButtonLink } from '../components/links.js';
import { Page } from '../components/page.js';

/** Stands for an address that no page has, outside the frame of the pages. */
export function NotFound() {
  return (
    <Box component="main" maw={560} mx="auto" px="md" pt={{ base: 48, sm: '14vh' }}>
      <Page title="There is no such page" description="The address is mistyped, or what it named has been removed.">
        <div>
          <ButtonLink to="/sweeps">Go to the sweeps</ButtonLink>
        </div>
      </Page>
    </Box>
  );
}
