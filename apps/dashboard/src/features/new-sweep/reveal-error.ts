/** @file Takes a person to what is to be corrected. */

/** Frames that a section may take to unfold: about a second. */
const mostFrames = 60;

/** Scrolls to the first wrong field and puts the cursor in it; a folded section that holds it is opened. */
export function revealFirstError(form: HTMLFormElement | null): void {
  const wrong = () => form?.querySelector<HTMLElement>('[aria-invalid="true"], [data-form-error]');
  const section = wrong()?.closest('[role="region"][aria-labelledby]')?.getAttribute('aria-labelledby');
  const control = section ? document.getElementById(section) : null;
  if (control?.getAttribute('aria-expanded') === 'false') control.click();
  takeCursor(wrong, mostFrames);
}

/** A field that is still folded cannot take the cursor: it is asked again in the next frame. */
function takeCursor(find: () => HTMLElement | null | undefined, frames: number): void {
  const field = find();
  field?.scrollIntoView({ block: 'center' });
  field?.focus({ preventScroll: true });
  if (!field || document.activeElement === field || frames === 0) return;
  requestAnimationFrame(() => takeCursor(find, frames - 1));
}
