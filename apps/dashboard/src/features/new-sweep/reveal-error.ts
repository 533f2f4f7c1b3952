/** @file Takes a person to what is to be corrected. */

/** Scrolls to the first wrong field and puts the cursor in it; a folded section that holds it is opened. */
export function revealFirstError(form: HTMLFormElement | null): void {
  const wrong = form?.querySelector<HTMLElement>('[aria-invalid="true"], [data-form-error]');
  if (!wrong) return;
  const section = wrong.closest('[role="region"][aria-labelledby]')?.getAttribute('aria-labelledby');
  const control = section ? document.getElementById(section) : null;
  if (control?.getAttribute('aria-expanded') === 'false') control.click();
  // What was folded takes its place in the next frame.
  requestAnimationFrame(() => {
    wrong.scrollIntoView({ block: 'center' });
    wrong.focus({ preventScroll: true });
  });
}
