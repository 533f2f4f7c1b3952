import { EngineName, type SweepView } from '@rankforge/contracts';
import type { Fixture } from '../../../../test/support/trials.js';
import { viewSweeps } from '../../src/sweeps/sweep-view.js';

/** A sweep as its row says now, as the API shows it. */
export async function viewOf({ db }: Fixture, id: string): Promise<SweepView> {
  const { engine, ...row } = await db.sweep.findUniqueOrThrow({ where: { id } });
  const [view] = await viewSweeps(db, [{ ...row, engine: EngineName.parse(engine) }]);
  return view!;
}
