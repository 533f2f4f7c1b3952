/** @file A training of the project as a generator: which trainings may be one, and what of them is in its digest. */
import { type Base, type ChosenChat, chosenChat } from '@rankforge/bases';
import { type TrialGenerator, TrialSpec, type TrialState, trialKinds } from '@rankforge/contracts';
import { adapterIdentity } from '@rankforge/generators';
import { adapterPlan, findMethod, readAdapterInfo } from '@rankforge/peft';
import { replacedBase } from '../../catalog/same-base.js';
import { invalid } from '../../platform/http/problem.js';
import { teachesWriting } from '../writes.js';
import type { GeneratorRoutine, GeneratorSources, HeldAdapter } from './kind.js';
import { templateOf } from './template.js';
import { writingBase } from './writing-base.js';

export const adapter: GeneratorRoutine<'adapter'> = {
  async identify(request, sources) {
    const { trial: id } = request;
    const { spec, sha256, baseSha256 } = await trainingOf(id, sources);
    const base = await writingBase(sources.catalog, spec.base, '/trial', `${spec.base}, the base of trial ${id},`);
    const replaced = replacedBase(`trial ${id}`, { base: base.name, baseSha256 }, base);
    if (replaced) throw refused(replaced);
    const found = await sources.tasks.find(spec.task, sources.projectId);
    if (found && !teachesWriting(found.task)) {
      throw refused(
        `trial ${id} was trained for ${found.task.objective}, which writes nothing: expected a training on texts or answers`,
      );
    }
    const own = () => trainedBy(id, spec, base);
    const asking = await templateOf(request.template, own, `${base.name}, the base of trial ${id},`);
    const { rank, trainedRank, on = [] } = spec;
    const adapters = [
      ...on.map(({ factors: _, ...link }) => link),
      { adapter: sha256, ...(trainedRank !== undefined && rank !== null && { rank }) },
    ];
    const generator: Extract<TrialGenerator, { kind: 'adapter' }> = {
      ...request,
      base: base.name,
      adapters,
      ...asking,
      sha256: adapterIdentity({ sha256: base.sha256, ...asking, adapters }),
    };
    const held = await adapter.held!(generator, sources).catch((cause: Error) => {
      throw refused(cause.message);
    });
    if (held.classes !== undefined) {
      throw refused(
        `trial ${id} has a head of ${held.classes} outputs and writes nothing: expected a training on texts or answers`,
      );
    }
    return generator;
  },

  async held({ trial, adapters }, { store }): Promise<HeldAdapter> {
    const [last, ...before] = [...adapters].reverse();
    try {
      for (const link of before) await store.locate(link.adapter);
      await store.locate(last!.adapter);
      const info = await readAdapterInfo(store.pathOf(last!.adapter));
      const method = findMethod(info.method);
      const plan = adapterPlan(info);
      const { rank } = last!;
      const config = method.config.parse(plan.config);
      return {
        ...plan,
        method,
        config: rank === undefined || !method.serves ? config : method.serves.at(config, rank),
      };
    } catch (cause) {
      throw new Error(
        `the adapter of trial ${trial} cannot be read: ${(cause as Error).message}; restore the artifacts, or train it again and add that training`,
        { cause },
      );
    }
  },
};

const refused = (message: string) => invalid([{ path: '/trial', message }]);

/**
 * The template that conversations of the training were laid out by; after another training, that of its base.
 *
 * @throws ProblemError where the base has another by now
 */
function trainedBy(id: string, { chat: laidOut }: TrialSpec, { name, chat }: Base): ChosenChat | undefined {
  const chosen = chat && chosenChat(chat, laidOut?.template);
  if (laidOut && chosen?.facts.sha256 !== laidOut.sha256) {
    throw refused(
      `the chat template of ${name} was changed since trial ${id} was trained by it: put chat_template.jinja or tokenizer_config.json back into its folder, or set template to plain or chatml`,
    );
  }
  return chosen;
}

/** A training that succeeded, and the digest of what it left. @throws ProblemError saying why there is none */
async function trainingOf(
  id: string,
  { database, projectId }: GeneratorSources,
): Promise<{ spec: TrialSpec; sha256: string; baseSha256: string | null }> {
  const trial = await database.trial.findFirst({
    where: { id, sweep: { projectId } },
    select: {
      kind: true,
      state: true,
      reason: true,
      spec: true,
      leaderId: true,
      scoresTrialId: true,
      sweep: { select: { baseSha256: true, removedAt: true } },
    },
  });
  if (!trial) throw refused(`there is no trial ${id} in this project: expected the id of a training that succeeded`);
  if (trial.sweep.removedAt) {
    throw refused(`the sweep of trial ${id} was removed, and the trial goes with it: name a training of another sweep`);
  }
  if (!trialKinds.find(({ name }) => name === trial.kind)?.trains) {
    const instead = trial.scoresTrialId ? `name the trial that it scores, ${trial.scoresTrialId}` : 'name a training';
    throw refused(`trial ${id} trains nothing: ${instead}`);
  }
  const artifact = await database.artifact.findFirst({
    where: { trialId: trial.leaderId ?? id, kind: 'adapter' },
    orderBy: { step: 'desc' },
    select: { sha256: true },
  });
  if (trial.state !== ('SUCCEEDED' satisfies TrialState) || !artifact) {
    const why = trial.reason ? ` (${trial.reason})` : '';
    const left = trial.state === 'SUCCEEDED' ? 'left no adapter' : `is ${trial.state}${why}`;
    throw refused(
      `trial ${id} ${left}: expected a training that succeeded; wait for it, try it again, or name another`,
    );
  }
  const { baseSha256 } = trial.sweep;
  return { spec: TrialSpec.parse(trial.spec), sha256: artifact.sha256, baseSha256 };
}
