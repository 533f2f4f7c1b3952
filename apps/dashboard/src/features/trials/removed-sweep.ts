/** How pages name the sweep of a trial that stayed when it was removed. */
export const removedSweep = 'a sweep that was removed';
