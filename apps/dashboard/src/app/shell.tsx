import { AppShell, Burger, Group, Text, useMatches } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconBooks,
  IconCalculator,
  IconCpu,
  IconDatabase,
  IconListDetails,
  IconLock,
  IconMessage,
  IconPlus,
  IconPuzzle,
  IconQuote,
  IconRulerMeasure,
  IconStack2,
  IconTrophy,
} from '@tabler/icons-react';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { ButtonLink, PlaceLink } from '../components/links.js';
import { AccountMenu } from './account-menu.js';
import { Logo } from './logo.js';
import { OutageBar } from './outage-bar.js';
import classes from './shell.module.css';
import { StreamIndicator } from './stream-indicator.js';
import { ThemeToggle } from './theme-toggle.js';

const places = [
  { to: '/sweeps', label: 'Sweeps', icon: IconListDetails },
  { to: '/leaderboard', label: 'Leaderboard', icon: IconTrophy },
  { to: '/standings', label: 'Standings', icon: IconStack2 },
  { to: '/paper-claims', label: 'Paper claims', icon: IconQuote },
  { to: '/datasets', label: 'Data', icon: IconDatabase },
  { to: '/adapters', label: 'Adapters', icon: IconPuzzle },
  { to: '/generators', label: 'Generators', icon: IconMessage },
  { to: '/workers', label: 'Workers', icon: IconCpu },
  { to: '/memory', label: 'Memory', icon: IconRulerMeasure },
  { to: '/estimate', label: 'Estimate', icon: IconCalculator },
  { to: '/catalog', label: 'Catalog', icon: IconBooks },
  { to: '/access', label: 'Access', icon: IconLock },
] as const;

export function Shell({ children }: { children?: ReactNode }) {
  const [opened, { toggle, close }] = useDisclosure();
  // Below this width a closed menu lies beside the page, where the focus would go unseen.
  const isAside = useMatches({ base: !opened, md: false }, { getInitialValueInEffect: false });
  const path = useRouterState({ select: (state) => state.location.pathname });
  const content = useFocusOnNewPage();
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 208, breakpoint: 'md', collapsed: { mobile: !opened } }}
      padding={{ base: 'sm', sm: 'lg' }}
    >
      <a className="rf-skip" href="#content">
        Skip to content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="md"
              size="sm"
              aria-label="Menu"
              aria-expanded={opened}
            />
            <Link to="/sweeps" aria-label="Rankforge, to the sweeps" className={classes.brand}>
              <Group gap={9} wrap="nowrap">
                <Logo />
                <Text fw={700} size="lg" style={{ letterSpacing: '-0.01em' }}>
                  Rankforge
                </Text>
              </Group>
            </Link>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <StreamIndicator />
            <ThemeToggle />
            <AccountMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label="Main" inert={isAside}>
        <ButtonLink to="/sweeps/new" leftSection={<IconPlus size={16} aria-hidden />} mb="sm" onClick={close}>
          New sweep
        </ButtonLink>
        {places.map(({ to, label, icon: Glyph }) => (
          <PlaceLink
            key={to}
            to={to}
            label={label}
            leftSection={<Glyph size={18} stroke={1.7} aria-hidden />}
            active={path.startsWith(to) && path !== '/sweeps/new'}
            aria-current={path.startsWith(to) ? 'page' : undefined}
            onClick={close}
            style={{ borderRadius: 'var(--mantine-radius-md)' }}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="content" ref={content} tabIndex={-1}>
        <div style={{ maxWidth: 1440, margin: '0 auto' }}>
          <OutageBar />
          {children ?? <Outlet />}
        </div>
      </AppShell.Main>
    </AppShell>
  );
}

/**
 * The element that has the focus when another page is shown, as after a load: a link that led to it is gone, or stands in the menu. What
 * has the focus within it, such as the tabs of a page, keeps it.
 */
function useFocusOnNewPage() {
  const content = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current !== undefined && shown.current !== path && !content.current?.contains(document.activeElement)) {
      content.current?.focus({ preventScroll: true });
    }
    shown.current = path;
  }, [path]);
  return content;
}
