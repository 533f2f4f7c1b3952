/** @file The level of what the API says of differences. */

/** Of all tests of a board together. */
export const alpha = 0.05;

/** Of intervals, so that they and the tests say the same. */
export const confidence = 1 - alpha;
