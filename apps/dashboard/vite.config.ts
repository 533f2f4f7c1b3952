import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const api = process.env.RANKFORGE_API ?? 'http://127.0.0.1:8080';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    sourcemap: true,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/v1': api } },
});
