import { adapterIdentity, baseGenerator } from '@rankforge/generators';
import { findMethod, readAdapter, serveAt } from '@rankforge/peft';
import { changed, type GeneratorOpener } from './kind.js';
import { templateOfBase } from './template.js';

/** The base of the trial with what a training left. Models that this began from are merged into the base before. */
export const adapter: GeneratorOpener<'adapter'> = async (spec, setting) => {
  const { name, trial, template: named, chat, adapters, sha256 } = spec;
  const { engine, prepared, tools } = setting;
  const { turn, session, store } = tools;
  const { model: base, tokenizer, baseSha256 } = prepared;
  const identity = adapterIdentity({ sha256: await baseSha256(), template: named, chat, adapters });
  if (identity !== sha256) throw changed(name);
  const template = await templateOfBase(spec, setting);
  const before = adapters.slice(0, -1);
  const { adapter: file, rank } = adapters.at(-1)!;
  const stored = await store.read(file).catch((cause: Error) => {
    throw new Error(
      `the generator ${name} is the adapter of trial ${trial}, which cannot be read: ${cause.message}; restore the artifacts, or train it again and add that training`,
      { cause },
    );
  });
  const method = findMethod(readAdapter(stored).info.method);
  const trained = { method, adapter: rank === undefined ? stored : serveAt(method, stored, rank) };
  const model = await session.merged(base, before);
  const disposeModel = () => {
    if (model !== base) model.dispose();
  };
  try {
    const generator = baseGenerator({ name, sha256, engine, template, model, tokenizer, turn, trained });
    return {
      generator,
      dispose() {
        generator.dispose();
        disposeModel();
      },
    };
  } catch (error) {
    disposeModel();
    throw error;
  }
};
