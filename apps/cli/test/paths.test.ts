import { describe, expect, it } from 'vitest';
import { keptFolders } from '../src/local/paths.js';

describe('folders that a platform keeps what it knows in', () => {
  it('begin with its own, and go on with that of its files where they lie elsewhere', () => {
    expect(keptFolders({ RANKFORGE_HOME: '/home/a' })).toEqual(['/home/a']);
    expect(keptFolders({ RANKFORGE_HOME: '/home/a', RANKFORGE_DATA_DIR: '/home/a/files' })).toEqual(['/home/a']);
    expect(keptFolders({ RANKFORGE_HOME: '/home/a', RANKFORGE_DATA_DIR: '/home/a/' })).toEqual(['/home/a']);
    expect(keptFolders({ RANKFORGE_HOME: '/home/a', RANKFORGE_DATA_DIR: '/home/ab' })).toEqual(['/home/a', '/home/ab']);
  });
});
