import { useQuery } from '@tanstack/react-query';
import { objectivesQuery } from '../../lib/api/catalog.js';

/** Title of an objective; its name until titles are there. */
export function Learned({ objective }: { objective: string }) {
  const { data } = useQuery(objectivesQuery);
  return data?.find(({ name }) => name === objective)?.title ?? objective;
}
