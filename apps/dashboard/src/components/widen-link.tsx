import type { GridEdge } from '@rankforge/contracts';
import { useMay } from '../lib/api/session.js';
import { widened } from '../lib/sweep-fill.js';
import { TextLink } from './links.js';

interface WidenLinkProps {
  /** The sweep that is tried further; nothing is shown without one. */
  sweepId: string | undefined;
  contender: string;
  edge: GridEdge | undefined;
}

/** A link to the form of a sweep, filled with values beyond an edge: what is known is not trained again. */
export function WidenLink({ sweepId, contender, edge }: WidenLinkProps) {
  const maySubmit = useMay('submitter');
  if (sweepId === undefined || edge === undefined || !maySubmit) return null;
  const values = widened(edge);
  return (
    <TextLink
      to="/sweeps/new"
      search={{ from: sweepId, fill: { widen: { contender, axis: edge.axis, values } } }}
      size="sm"
      title={`A sweep with ${values.join(', ')}`}
    >
      {edge.side === 'only' ? 'Try others' : 'Widen'}
    </TextLink>
  );
}
