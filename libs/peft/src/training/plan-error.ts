/** A trial that cannot be planned on its model, e.g. for an unknown target, or one that is refused. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
}
