import { AppShell, Burger, Group, Text, useMatches } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  type Icon,
  IconCalculator,
  IconCpu,
  IconDatabase,
  IconListDetails,
  IconPlus,
  IconTrophy,
} from '@tabler/icons-react';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { ButtonLink, PlaceLink } from '../components/links.js';
import { type Place, placeOf, places } from '../lib/places.js';
import { AccountMenu } from './account-menu.js';
import { Logo } from './logo.js';
import { OutageBar } from './outage-bar.js';
import { ProjectSwitch } from './project-switch.js';
import { SearchEverywhere } from './search-everywhere/search-everywhere.js';
import classes from './shell.module.css';
import { StreamIndicator } from './stream-indicator.js';
import { ThemeToggle } from './theme-toggle.js';

const icons: Readonly<Record<string, Icon>> = {
  Sweeps: IconListDetails,
  Boards: IconTrophy,
  'Data and models': IconDatabase,
  Estimate: IconCalculator,
  Machine: IconCpu,
};

/** A place of the menu, and its sections below it while one of them is shown. */
function PlaceEntry({ place, path, onOpen }: { place: Place; path: string; onOpen: () => void }) {
  const current = placeOf(path);
  const isHere = current?.place === place;
  const [first, ...others] = place.sections;
  const Glyph = icons[place.label]!;
  const isCurrent = isHere && others.length === 0 && path !== '/sweeps/new';
  return (
    <>
      <PlaceLink
        to={first.to}
        label={place.label}
        leftSection={<Glyph size={18} stroke={1.7} aria-hidden />}
        active={isCurrent}
        aria-current={isCurrent ? 'page' : undefined}
        onClick={onOpen}
        className={classes.place}
      />
      {isHere && others.length > 0
        ? place.sections.map((section) => (
            <PlaceLink
              key={section.to}
              to={section.to}
              label={section.label}
              active={section === current.section}
              aria-current={section === current.section ? 'page' : undefined}
              onClick={onOpen}
              className={classes.section}
            />
          ))
        : null}
    </>
  );
}

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
            <Link to="/" aria-label="Rankforge, home" className={classes.brand}>
              <Group gap={9} wrap="nowrap">
                <Logo />
                <Text fw={700} size="lg" visibleFrom="xs" style={{ letterSpacing: '-0.01em' }}>
                  Rankforge
                </Text>
              </Group>
            </Link>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <StreamIndicator />
            <SearchEverywhere />
            <ThemeToggle />
            <AccountMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label="Main" inert={isAside}>
        <ProjectSwitch />
        <ButtonLink to="/sweeps/new" leftSection={<IconPlus size={16} aria-hidden />} mb="sm" onClick={close}>
          New sweep
        </ButtonLink>
        {places.map((place) => (
          <PlaceEntry key={place.label} place={place} path={path} onOpen={close} />
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
