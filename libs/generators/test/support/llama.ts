/**
 * @file A stand-in for the package node-llama-cpp: a model of ten digits, each of which is most likely followed by the next one. Control
 * tokens are digits too: `<|im_start|>` is 0, and `<|im_end|>` 9.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The logit of the next digit; that of every other is 0. After 9 the model ends. */
export const nextLogit = 2;

const program = `
const log = [];
export const getLlama = async (options) => {
  log.push(options);
  return {
    llamaCppRelease: { repo: 'none', release: 'none' },
    dispose: async () => { log.push('disposed'); },
    async loadModel({ modelPath }) {
      if (!modelPath.endsWith('digits.gguf')) throw new Error('no model of digits');
      return {
        trainContextSize: 32,
        tokens: { bos: 0, shouldPrependBosToken: true },
        tokenize: (text, special) =>
          [...(special ? text.replaceAll('<|im_start|>', '0').replaceAll('<|im_end|>', '9') : text)]
            .filter((each) => /[0-9]/.test(each))
            .map(Number),
        detokenize: (tokens) => tokens.join(''),
        createContext: async ({ contextSize }) => ({ getSequence: () => sequence(contextSize) }),
      };
    },
  };
};
function sequence(contextSize) {
  let history = [];
  const read = (tokens) => {
    history.push(...tokens);
    if (history.length > contextSize) throw new Error('the context is full');
  };
  const logit = (token, next) => (next === token + 1 ? ${nextLogit} : 0);
  return {
    clearHistory: async () => { history = []; },
    async controlledEvaluate(input) {
      read(input.map((each) => (Array.isArray(each) ? each[0] : each)));
      return input.map((each) => {
        if (!Array.isArray(each)) return undefined;
        const [token, { generateNext: { logits: { filter: { tokens, includeTop = 0 } } } }] = each;
        const all = Array.from({ length: 10 }, (_, next) => logit(token, next));
        const largest = Math.max(...all);
        const asked = new Set([...tokens, ...(includeTop > 0 ? [all.indexOf(largest)] : [])]);
        return {
          next: {
            logits: new Map([...asked].map((next) => [next, all[next]])),
            totalLogitWeight: all.reduce((sum, value) => sum + Math.exp(value - largest), 0),
          },
        };
      });
    },
    async *evaluate(tokens, { temperature, seed }) {
      read(tokens);
      let last = tokens.at(-1);
      for (let draw = seed; ; draw = Math.floor(draw / 3)) {
        last += temperature === 0 ? 1 : 1 + (draw % 3);
        if (last > 9) return;
        yield last;
      }
    },
  };
}
`;

/** Puts it into a folder of engines, as a release. */
export async function putLlama(enginesFolder: string, version = '1.2.3', source = program): Promise<void> {
  const folder = join(enginesFolder, 'llama', 'node_modules', 'node-llama-cpp');
  await mkdir(join(folder, 'dist'), { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'node-llama-cpp', version, type: 'module' }));
  await writeFile(join(folder, 'dist', 'index.js'), source);
}
