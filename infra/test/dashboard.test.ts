import { describe, expect, test } from 'vitest';
import { dashboard } from '../grafana/dashboard.js';

describe('Grafana dashboard', () => {
  test('rankforge.generated.json is what dashboard.ts builds (npm run infra:dashboard writes it)', async () => {
    await expect(`${JSON.stringify(dashboard(), null, 2)}\n`).toMatchFileSnapshot(
      '../grafana/rankforge.generated.json',
    );
  });

  test('every panel asks the chosen data source and has a title', () => {
    const panels = (dashboard().panels ?? []).filter((panel) => panel.type !== 'row');
    expect(panels.length).toBeGreaterThan(0);
    for (const panel of panels) {
      expect(panel).toMatchObject({ title: expect.stringMatching(/./), datasource: { uid: '$datasource' } });
    }
    const titles = panels.map((panel) => `${panel.type} ${'title' in panel ? panel.title : ''}`);
    expect(new Set(titles).size).toBe(titles.length);
  });
});
