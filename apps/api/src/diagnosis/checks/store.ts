import { ArtifactStore, lookAtStore } from '@rankforge/db';
import { type Check, fail, ok } from './check.js';

/** The folder of artifacts, as the API sees it; workers say by themselves what they see. */
export const store: Check = {
  name: 'store',
  advice: 'mount the folder of RANKFORGE_DATA_DIR, open to the user of the API and with room',
  async look({ database, settings: { artifactDir } }) {
    const seen = await lookAtStore(database, artifactDir);
    if (seen === 'unmarked') return [fail(this.name, 'no API has marked the folder of artifacts', this.advice)];
    if (seen !== 'same') return [fail(this.name, seen.trouble, this.advice)];
    await new ArtifactStore(artifactDir).tryWriting();
    return [ok(this.name, `${artifactDir} has the mark of the database and takes files`)];
  },
};
