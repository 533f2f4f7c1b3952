import { describe, expect, it, onTestFinished } from 'vitest';
import { listen } from '../src/trainer/command/listener.js';
import type { Progress } from '../src/trial/executor.js';

async function heard() {
  const progress: Progress[] = [];
  const log: string[] = [];
  const listening = await listen(
    { token: 'a-token', tokenFile: '/token', steps: 40 },
    { progress: (each) => progress.push(each), log: (line) => log.push(line) },
  );
  onTestFinished(() => listening.close());
  const url = listening.env.KUBEFLOW_TRAINER_SERVER_URL!;
  const post = async (body: string, headers: Record<string, string> = { authorization: 'Bearer a-token' }) =>
    (await fetch(url, { method: 'POST', body, headers })).status;
  const status = (trainerStatus: object) => post(JSON.stringify({ trainerStatus }));
  return { url, post, status, progress, log };
}
const metrics = (values: Record<string, string>) => Object.entries(values).map(([name, value]) => ({ name, value }));

describe('the ear for a Trainer', () => {
  it('takes step, losses and the time that is left, and repeats no loss', async () => {
    const { status, progress, log } = await heard();
    expect(await status({ progressPercentage: 0, metrics: metrics({ total_steps: '20' }) })).toBe(200);
    const logs = { loss: '0.5', grad_norm: '2', eval_loss: '0.75', note: 'text' };
    const at = (step: string) => metrics({ ...logs, current_step: step, total_steps: '20' });
    expect(await status({ progressPercentage: 50, estimatedRemainingSeconds: 7, metrics: at('10') })).toBe(200);
    expect(await status({ progressPercentage: 75, estimatedRemainingSeconds: 3, metrics: at('15') })).toBe(200);
    expect(progress).toEqual([
      { step: 0, loss: null, points: [] },
      {
        step: 10,
        loss: 0.5,
        points: [
          { name: 'train/loss', step: 10, value: 0.5 },
          { name: 'train/gradient-norm', step: 10, value: 2 },
          { name: 'validation/loss', step: 10, value: 0.75 },
        ],
      },
      { step: 15, loss: 0.5, points: [] },
    ]);
    expect(log[1]).toBe('the Trainer says: 50 %, step 10 of 20, 7 s left');
  });

  it('hears nobody without the token, and nothing that is no status', async () => {
    const { url, post, progress } = await heard();
    const body = JSON.stringify({ trainerStatus: {} });
    expect(await post(body, {})).toBe(401);
    expect(await post(body, { authorization: 'Bearer b-token' })).toBe(401);
    expect((await fetch(url, { headers: { authorization: 'Bearer a-token' } })).status).toBe(405);
    expect(await post('{')).toBe(400);
    expect(await post(JSON.stringify({ trainerStatus: { progressPercentage: 1e9 } }))).toBe(400);
    expect(await post('x'.repeat(300_000))).toBe(413);
    expect(progress).toEqual([]);
  });
});
