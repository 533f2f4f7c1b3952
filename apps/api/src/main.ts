/** @file Starts the API from the one file that the build makes of `program.ts`: to find its modules one by one takes longer than to run them. */
import 'reflect-metadata';

await import(new URL('./program.bundle.js', import.meta.url).href);
