/** @file Takes a person to what is to be corrected. */

/** Frames that a section may take to unfold, and a folded one to draw what is wrong in it: about two seconds. */
const mostFrames = 120;

/** Scrolls to the first wrong field and puts the cursor in it; a folded section that holds it is opened. */
export function revealFirstError(form: HTMLFormElement | null): void {
  takeCursor(form, { opened: false, frames: mostFrames });
}

/** A folded section is drawn when there is time for it, and cannot take the cursor: both are tried again in the next frame. */
function takeCursor(form: HTMLFormElement | null, { opened, frames }: { opened: boolean; frames: number }): void {
  const field = form?.querySelector<HTMLElement>('[aria-invalid="true"], [data-form-error]');
  const opens = !opened && open(field);
  field?.scrollIntoView({ block: 'center' });
  field?.focus({ preventScroll: true });
  if ((field && document.activeElement === field) || frames === 0) return;
  requestAnimationFrame(() => takeCursor(form, { opened: opened || opens, frames: frames - 1 }));
}

/** @returns whether the field is in a section that was folded, which is now opened */
function open(field: HTMLElement | null | undefined): boolean {
  const section = field?.closest('[role="region"][aria-labelledby]')?.getAttribute('aria-labelledby');
  const control = section ? document.getElementById(section) : null;
  if (control?.getAttribute('aria-expanded') !== 'false') return false;
  control.click();
  return true;
}
