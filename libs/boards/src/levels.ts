/** @file The level of what the API says of differences. */

/** The level of all tests of a board together. */
export const alpha = 0.05;

/** The confidence of intervals, so that they and the tests say the same. */
export const confidence = 1 - alpha;
