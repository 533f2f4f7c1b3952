import type { Base } from '@rankforge/bases';
import type { CreateSweep, FieldError, TrialSpec } from '@rankforge/contracts';
import { findMethod, type PlanOptions } from '@rankforge/peft';
import type { ImportedAdapters } from '../adapters/imported.service.js';
import { ofMergedBase, type StartingAdapter } from '../adapters/starting-adapter.js';
import type { Catalog } from '../catalog/catalog.js';
import { replacedBase } from '../catalog/same-base.js';

/** A second base model with a finished adapter, as a sweep names it. */
export interface PlannedTeacher {
  adapter: StartingAdapter;
  spec: NonNullable<TrialSpec['teacher']>;
  plan: PlanOptions;
}

/** Looks up what the methods of a request learn from, by the index of the method; `errors` say what cannot be found. */
export async function findTeachers(
  { methods, base: baseName }: CreateSweep,
  { catalog, adapters, projectId }: { catalog: Catalog; adapters: ImportedAdapters; projectId: string },
  errors: FieldError[],
): Promise<ReadonlyMap<number, PlannedTeacher>> {
  const named = await adapters.named(
    methods.flatMap(({ teacher }) => teacher ?? []),
    projectId,
  );
  const found = new Map<number, PlannedTeacher>();
  const student = catalog.base(baseName);
  for (const [index, { teacher: name }] of methods.entries()) {
    if (name === undefined) continue;
    const refuse = (message: string) => errors.push({ path: `/methods/${index}/teacher`, message });
    const adapter = named.get(name);
    const base = adapter && catalog.base(adapter.base);
    const replaced = adapter && replacedBase(name, adapter, base);
    if (!adapter) {
      refuse(
        `unknown adapter ${name}: name an imported one (GET /v1/adapters), or a training that succeeded by its id`,
      );
    } else if (!base) {
      refuse(`${name} is of the base model ${adapter.base}, which ${catalog.missingBase(adapter.base)}`);
    } else if (replaced) {
      refuse(replaced);
    } else if (adapter.on) {
      refuse(ofMergedBase(name));
    } else if (student && tokenizerOf(student) !== tokenizerOf(base)) {
      refuse(`${base.name} has another tokenizer than ${student.name}: both must read the same tokens`);
    } else {
      const ranks = await adapters.ranksOf(adapter);
      const { method, config, targets, classes, sha256, apart } = adapter;
      found.set(index, {
        adapter,
        spec: { base: base.name, baseSha256: base.sha256, adapter: sha256 },
        plan: {
          model: base.config,
          method: findMethod(method),
          config,
          targets,
          ...apart,
          ...(classes === null ? {} : { classes }),
          ...(ranks ? { ranks } : {}),
        },
      });
    }
  }
  return found;
}

/** Digest of the tokenizer's file; none where the model reads no text. */
function tokenizerOf({ provenance }: Base): string | undefined {
  const files = provenance.files as { name: string; sha256: string }[];
  return files.find(({ name }) => name === 'tokenizer.json')?.sha256;
}
