import { useQuery } from '@tanstack/react-query';
import { objectivesQuery } from '../../lib/api/catalog.js';

/** What is learned, in words; by its name until they are there. */
export function Learned({ objective }: { objective: string }) {
  const { data } = useQuery(objectivesQuery);
  return data?.find(({ name }) => name === objective)?.title ?? objective;
}
