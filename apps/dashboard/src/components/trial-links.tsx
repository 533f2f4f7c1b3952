import { TextLink } from './links.js';

/** Trials by the end of their ids, each a link to its page. */
export function TrialLinks({ ids }: { ids: readonly string[] }) {
  return ids.map((id, index) => (
    <span key={id}>
      {index > 0 ? ', ' : ''}
      <TextLink to="/trials/$trialId" params={{ trialId: id }} size="xs" className="rf-mono">
        {id.slice(-8)}
      </TextLink>
    </span>
  ));
}
