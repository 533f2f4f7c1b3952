import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { CreateSweep } from '@rankforge/contracts';
import { execa } from 'execa';
import GithubSlugger from 'github-slugger';
import { beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

interface Link {
  from: string;
  /** Path from the root of the repository. */
  to: string;
  anchor: string | undefined;
}

const documents = new Map<string, string>();
let links: Link[];

beforeAll(async () => {
  const { stdout } = await execa('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
    cwd: root,
  });
  for (const file of stdout.split('\n')) {
    if (existsSync(join(root, file))) documents.set(file, await readFile(join(root, file), 'utf8'));
  }
  links = [...documents].flatMap(([from, text]) => linksOf(from, text));
});

/** Links of a document to files of the repository. Code blocks hold none. */
function linksOf(from: string, text: string): Link[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [path, anchor] = target.split('#');
    return [{ from, to: path ? relative(root, join(root, dirname(from), path)) : from, anchor }];
  });
}

function withoutCode(text: string): string {
  return text.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, '').replaceAll(/`[^`\n]*`/g, '');
}

/** Anchors that the headings of a document get on GitHub. */
function anchorsOf(text: string): Set<string> {
  const slugger = new GithubSlugger();
  const headings = text.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, '').matchAll(/^#{1,6} +(.+)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) => slugger.slug(heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1'))),
  );
}

describe('documents', () => {
  test('link only to files that exist', () => {
    expect(links.length).toBeGreaterThan(100);
    expect(links.filter(({ to }) => !existsSync(join(root, to)))).toEqual([]);
  });

  test('link only to headings that exist', () => {
    const broken = links.filter(({ to, anchor }) => {
      const text = documents.get(to);
      return anchor !== undefined && text !== undefined && !anchorsOf(text).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  test('reach every page of docs/ from its index', () => {
    const index = new Set(links.filter(({ from }) => from === 'docs/README.md').map(({ to }) => to));
    const pages = [...documents.keys()].filter((file) => file.startsWith('docs/') && file !== 'docs/README.md');
    expect(pages.length).toBeGreaterThan(40);
    expect(pages.filter((page) => !index.has(page))).toEqual([]);
  });

  test('show requests of sweeps that the API takes', () => {
    const sweeps = [...documents].flatMap(([file, text]) =>
      [...text.matchAll(/^```json\n([\s\S]*?)^```/gm)]
        .filter(([, block = '']) => ['"task"', '"base"', '"methods"'].every((field) => block.includes(field)))
        .map(([, block = '']) => JSON.parse(block.replaceAll(/<[^>]+>|TRIAL/g, randomUUID())))
        .map((sweep) => ({ file, sweep })),
    );
    expect(sweeps.length).toBeGreaterThan(8);
    const refused = sweeps.flatMap(({ file, sweep }) => {
      const { error } = CreateSweep.safeParse(sweep);
      return (error?.issues ?? []).map(({ path, message }) => `${file}: ${path.join('.')}: ${message}`);
    });
    expect(refused).toEqual([]);
  });
});
