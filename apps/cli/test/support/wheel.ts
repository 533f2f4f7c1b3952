import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { Wheel } from '../../src/local/wheels.js';

/** Puts the package `tiny-model` with these files, by their paths within `tiny_model/`, into the folder `index` below `root`. */
export async function publishWheel(root: string, files: Iterable<readonly [string, string | Buffer]>): Promise<Wheel> {
  const index = join(root, 'index');
  const [source, file] = [join(root, 'source'), join(index, 'tiny_model-1.0-py3-none-any.whl')];
  await mkdir(index, { recursive: true });
  const all = new Map<string, string | Buffer>([
    ...[...files].map(([name, content]) => [`tiny_model/${name}`, content] as const),
    ['tiny_model-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n'],
    [
      'tiny_model-1.0.dist-info/WHEEL',
      'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    ],
    ['tiny_model-1.0.dist-info/RECORD', ''],
  ]);
  for (const [name, content] of all) {
    await mkdir(dirname(join(source, name)), { recursive: true });
    await writeFile(join(source, name), content);
  }
  await execa('python3', ['-m', 'zipfile', '-c', file, 'tiny_model', 'tiny_model-1.0.dist-info'], { cwd: source });
  const sha256 = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  return { release: 'tiny-model==1.0', sha256 };
}
