/** @file The search everywhere and the list of keys: their button, and the keys that open them. */
import { Kbd, Text, UnstyledButton } from '@mantine/core';
import { useWindowEvent } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { Suspense, useState } from 'react';
import { lazyPage } from '../lazy-page.js';
import classes from './search-everywhere.module.css';

const SearchDialog = lazyPage(() => import('./search-dialog.js'), 'SearchDialog');
const KeysDialog = lazyPage(() => import('./keys-dialog.js'), 'KeysDialog');

export function SearchEverywhere() {
  const [shown, setShown] = useState<'search' | 'keys'>();
  const close = () => setShown(undefined);
  useWindowEvent('keydown', (event) => {
    if (event.isComposing || event.altKey) return;
    if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.shiftKey) {
      event.preventDefault();
      setShown('search');
      return;
    }
    if (event.ctrlKey || event.metaKey || isTyping(event.target) || document.querySelector('[aria-modal=true]')) return;
    if (event.key === '?') {
      event.preventDefault();
      setShown('keys');
    } else if (event.key === '/') {
      event.preventDefault();
      const search = document.querySelector<HTMLInputElement>('#content input[type=search]');
      if (search) search.focus();
      else setShown('search');
    }
  });
  return (
    <>
      <UnstyledButton className={classes.button} onClick={() => setShown('search')}>
        <span className="rf-visually-hidden">Search everything</span>
        <IconSearch size={17} stroke={1.7} aria-hidden />
        <Text size="sm" c="dimmed" visibleFrom="sm" span aria-hidden>
          Search
        </Text>
        <Kbd size="xs" visibleFrom="sm" aria-hidden>
          Ctrl K
        </Kbd>
      </UnstyledButton>
      <Suspense>
        {shown === 'search' ? <SearchDialog onClose={close} showKeys={() => setShown('keys')} /> : null}
        {shown === 'keys' ? <KeysDialog onClose={close} /> : null}
      </Suspense>
    </>
  );
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable=true]');
