/** @file Has the texts written that a recipe asks for, by the generator of the trial. */
import { bytesOfGenerator, type TrialSpec } from '@rankforge/contracts';
import { nothingHeld, type WriteTexts } from '@rankforge/peft';
import type { Tools } from './kinds/kind.js';
import { openGenerator } from './open-generator.js';
import type { Prepared } from './session.js';

/** The generator is open while it writes, and not while the model trains. Undefined where the trial names none. */
export function writerOf(spec: TrialSpec, prepared: Prepared, tools: Tools): WriteTexts | undefined {
  const { generator: of } = spec;
  if (of === undefined) return undefined;
  return async (prompts, options) => {
    const { generator, meter, close } = await openGenerator(spec, prepared, tools, prompts.length);
    try {
      const texts: string[] = [];
      for (const prompt of prompts) {
        tools.signal.throwIfAborted();
        texts.push((await generator!.generate(prompt, options)).text);
        tools.signs.other();
      }
      const { calls, replayed } = meter.used;
      tools.reports.log(`${calls} texts by ${of.name}, ${replayed} of them known from earlier runs`);
      const weights = bytesOfGenerator(of);
      return { texts, ...(weights > 0 && { peak: { ...nothingHeld, weights, total: weights } }) };
    } finally {
      await close();
    }
  };
}
