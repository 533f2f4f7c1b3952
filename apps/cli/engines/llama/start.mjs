/** @file Starts llama.cpp as it was fetched, and prints the releases that it is made of. A file: it starts itself again to try its binary. */
import { readFileSync } from 'node:fs';

// The package fails beside a CI that is empty, or a word.
delete process.env.CI;
const { getLlama } = await import(new URL('node_modules/node-llama-cpp/dist/index.js', import.meta.url).href);
const llama = await getLlama({
  gpu: false,
  build: 'never',
  skipDownload: true,
  progressLogs: false,
  logLevel: 'error',
});
const manifest = new URL('node_modules/node-llama-cpp/package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
console.log(JSON.stringify([`node-llama-cpp==${version}`, `llama.cpp ${llama.llamaCppRelease.release}`]));
await llama.dispose();
