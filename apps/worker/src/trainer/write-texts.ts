/** @file Has the texts written that a recipe asks for, by the generator of the trial. */
import { bytesOfGenerator, priceOf, priceOfGenerator, type TrialSpec, type WriterReport } from '@rankforge/contracts';
import { type WriteTexts, weighing } from '@rankforge/peft';
import type { Tools } from './kinds/kind.js';
import { openGenerator } from './open-generator.js';
import type { Prepared } from './session.js';

interface Writer {
  write: WriteTexts;
  /** The cost of what was written; absent before that. */
  report?: WriterReport;
}

/** The generator is open while it writes, and not while the model trains. Undefined where the trial names none. */
export function writerOf(spec: TrialSpec, prepared: Prepared, tools: Tools): Writer | undefined {
  const { generator: of } = spec;
  if (of === undefined) return undefined;
  const writer: Writer = {
    async write(prompts, options) {
      const { generator, meter, close } = await openGenerator(spec, prepared, tools, prompts.length);
      try {
        const texts: string[] = [];
        for (const prompt of prompts) {
          tools.signal.throwIfAborted();
          texts.push((await generator!.generate(prompt, options)).text);
          tools.signs.other();
        }
        const { calls, replayed, tokens } = meter.used;
        tools.reports.log(`${calls} texts by ${of.name}, ${replayed} of them known from earlier runs`);
        const price = priceOf(tokens, priceOfGenerator(of));
        writer.report = { ...meter.used, ...(price !== undefined && { price }) };
        const weights = bytesOfGenerator(of);
        return { texts, ...(weights > 0 && { peak: weighing(weights) }) };
      } finally {
        await close();
      }
    },
  };
  return writer;
}
