/** @file What the endpoint that a test plays answers to prompts of procedures. */
import { json, type ScriptedEndpoint } from '../../libs/generators/test/support/scripted-endpoint.js';

/** Prefers the passage with the word "right", and takes the first where neither or both have it. */
export function judging(scripted: ScriptedEndpoint): void {
  scripted.on('/completions', (response, asked) => {
    const prompt = asked.body.prompt as string;
    const [, a = '', b = ''] = /Passage A: "(.*)"\n\nPassage B: "(.*)"\n/.exec(prompt) ?? [];
    const said = prompt.endsWith('Passage A') ? 'A' : 'B';
    const best = b.includes('right') && !a.includes('right') ? 'B' : 'A';
    const from = prompt.length - ' Passage A'.length;
    const logprobs = { token_logprobs: [null, said === best ? -0.1 : -3, -9], text_offset: [0, from, prompt.length] };
    const usage = { prompt_tokens: 100, completion_tokens: 1 };
    json({ model: 'tiny', choices: [{ text: '', logprobs }], usage })(response, asked);
  });
}

/** Reads the second word of the first passage, and judges by equality. */
export const reading = (scripted: ScriptedEndpoint) =>
  scripted.on('/completions', (response, call) => {
    const prompt = call.body.prompt as string;
    const [, right, answer] = /Right answer: "(.*)"\nAnswer to be judged: "(.*)"/.exec(prompt) ?? [];
    if (right !== undefined && call.body.echo) {
      const yes = prompt.endsWith(' Yes') === (right === answer);
      const from = prompt.length - (prompt.endsWith(' Yes') ? 4 : 3);
      const logprobs = { token_logprobs: [null, yes ? -0.1 : -3, -9], text_offset: [0, from, prompt.length] };
      return json({ model: 'tiny', choices: [{ text: '', logprobs }] })(response, call);
    }
    const said = /Passage 1: "\S+ (\S+)/.exec(prompt)?.[1] ?? 'nobody';
    const usage = { prompt_tokens: 20, completion_tokens: 2 };
    const choices = [{ text: ` ${said}\n`, finish_reason: 'stop' }];
    json({ model: 'tiny', choices, usage })(response, call);
  });
