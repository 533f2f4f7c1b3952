/** @file Bounds of a record of an answer: passages and statements that it shows, and characters of each text. */
export const shownTexts = 20;
const shownCharacters = 2000;

export const shown = (text: string): string => text.slice(0, shownCharacters);
