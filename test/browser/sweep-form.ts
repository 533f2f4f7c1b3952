import type { Locator, Page } from 'playwright-core';

/** The input of a field; a required field's label goes on with a star. */
export function field(page: Page, label: string): Locator {
  return page.locator('input:not([type=hidden], [type=checkbox])').and(page.getByLabel(label));
}

/** Replaces the values of an axis, of which there are four at most. */
export async function setAxis(page: Page, label: string, values: string): Promise<void> {
  const input = field(page, label);
  await input.click();
  for (let chip = 0; chip < 4; chip += 1) await input.press('Backspace');
  await input.fill(values);
  await input.press('Enter');
}
