import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const api = process.env.RANKFORGE_API ?? 'http://127.0.0.1:8080';

const compressors = { br: promisify(brotliCompress), gz: promisify(gzip) };
/** Smaller files travel in one packet either way. */
const worthCompressing = 1024;

/** Writes a brotli and a gzip form beside each text file of the build; the API sends the one that the browser accepts. */
function precompress(): Plugin {
  let folder = '';
  return {
    name: 'precompress',
    apply: 'build',
    configResolved: ({ root, build }) => {
      folder = join(root, build.outDir);
    },
    async closeBundle() {
      const names = await readdir(folder, { recursive: true });
      const texts = names.filter((name) => /\.(html|js|css|svg)$/.test(name)).map((name) => join(folder, name));
      await Promise.all(
        texts.map(async (path) => {
          const content = await readFile(path);
          if (content.byteLength < worthCompressing) return;
          for (const [suffix, compress] of Object.entries(compressors)) {
            await writeFile(`${path}.${suffix}`, await compress(content));
          }
        }),
      );
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), precompress()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    sourcemap: true,
    modulePreload: { polyfill: false },
    // ECharts is a chunk of its own, loaded with the first chart.
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'charts', test: /node_modules[\\/](echarts|zrender)/ },
            {
              name: 'framework',
              test: /node_modules[\\/](react|react-dom|scheduler|@tanstack|zod|@mantine)[\\/]/,
              minShareCount: 2,
            },
          ],
        },
      },
    },
  },
  server: { proxy: { '/v1': api, '/livez': api } },
});
