import { useDebouncedCallback } from '@mantine/hooks';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import type { EstimateValues } from './request.js';
import { arrived, EstimateSearch, searchOf, valuesOf } from './search.js';

const route = getRouteApi('/signed-in/estimate');

/** Browsers refuse an address that is written at every key. */
const writtenAfterMs = 400;

/**
 * The values of the form, which the address follows. An address that comes from elsewhere, as by a link, decides them.
 * @param start values where the address says none
 */
export function useEstimateValues(start: () => EstimateValues) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const address = JSON.stringify(EstimateSearch.parse(search));
  const [values, setValues] = useState(() => valuesOf(search, start()));
  const [seen, setSeen] = useState(address);
  // Addresses that were written and may not have arrived: a slow page writes the next one before.
  const [written, setWritten] = useState<readonly string[]>([]);
  const write = useDebouncedCallback((next: EstimateValues) => {
    const asSearch = searchOf(next);
    setWritten((before) => [...before, JSON.stringify(asSearch)]);
    void navigate({ search: asSearch, replace: true, resetScroll: false });
  }, writtenAfterMs);
  if (seen !== address) {
    setSeen(address);
    const { isOwn, left } = arrived(address, written);
    setWritten(left);
    if (!isOwn) setValues(valuesOf(search, start()));
  }
  const change = (next: Partial<EstimateValues>) => {
    const changed = { ...values, ...next };
    setValues(changed);
    write(changed);
  };
  return { values, change };
}
