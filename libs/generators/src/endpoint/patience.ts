/** Longest time until an answer is whole: on few cores a long one takes minutes. */
export const usualDeadlineMs = 600_000;
