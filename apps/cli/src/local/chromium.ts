import { ensureProgram, findProgram } from './system-packages.js';

const programs = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const macApplications = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** `CHROMIUM_PATH`, or the first Chromium or Chrome on this machine, as a full path. */
export async function findChromium(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  if (env.CHROMIUM_PATH) return env.CHROMIUM_PATH;
  return findProgram(process.platform === 'darwin' ? [...programs, ...macApplications] : programs);
}

/**
 * Finds a Chromium, installing it when this machine's package manager may.
 *
 * @throws LocalSetupError naming both ways out.
 */
export function ensureChromium(onProgress: (line: string) => void = () => {}): Promise<string> {
  return ensureProgram(
    {
      find: () => findChromium(),
      pkg: { apt: 'chromium', brew: 'chromium' },
      missing:
        'no Chromium was found. Either install one (`sudo apt-get update && sudo apt-get install chromium`), or set ' +
        'CHROMIUM_PATH.',
    },
    onProgress,
  );
}
