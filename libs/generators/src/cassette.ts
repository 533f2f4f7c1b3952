/**
 * @file A cassette keeps what a generator answered, by what it was asked: whoever asks the same again gets the same, and pays nothing.
 * One folder holds those of all generators, and may be shared by processes: each writes a file of its own.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Generated, GenerateOptions, Generator, GeneratorIdentity, Scored } from '@rankforge/peft';
import canonicalize from 'canonicalize';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';

/** A cassette that is not what its place says, or is damaged. */
export class CassetteError extends Error {
  override readonly name = 'CassetteError';
}

const Digest = z.string().regex(/^[0-9a-f]{64}$/);
const Usage = z.object({
  tokens: z.object({ read: z.int().nonnegative(), written: z.int().nonnegative() }).nullable(),
  seconds: z.number().nonnegative(),
});
const Answer = z.union([
  z.object({ text: z.string(), ended: z.enum(['stop', 'length']), usage: Usage }),
  z.object({ logProbabilities: z.array(z.number()), usage: Usage }),
]);
type Answer = z.infer<typeof Answer>;

const Head = z.object({ cassette: z.literal(1), generator: z.object({ model: z.string(), sha256: Digest }) });
/** Null: a score that was not given, which earlier versions kept. It is asked for again. */
const Line = z.object({ request: Digest, answer: Answer.nullable() });

const suffix = '.jsonl';

/** The answers of one generator. */
export class Cassette {
  private readonly answers = new Map<string, Answer>();
  private holdsScores = false;
  private file: FileHandle | undefined;
  /** Lines are written one after the other. */
  private last: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly folder: string,
    private readonly identity: GeneratorIdentity,
  ) {}

  /**
   * Reads what was kept of a generator.
   *
   * @param root folder of all cassettes; it is made where it is not there
   * @throws CassetteError where a file is of another generator, or damaged elsewhere than at its end
   */
  static async open(root: string, identity: GeneratorIdentity): Promise<Cassette> {
    const folder = join(root, identity.sha256);
    await mkdir(folder, { recursive: true });
    const cassette = new Cassette(folder, identity);
    // Names grow with time: of two answers to one request the first holds.
    const names = (await readdir(folder)).filter((name) => name.endsWith(suffix)).sort();
    for (const name of names) await cassette.read(join(folder, name));
    return cassette;
  }

  /** Removes what was kept of a generator. */
  static async remove(root: string, sha256: string): Promise<void> {
    await rm(join(root, Digest.parse(sha256)), { recursive: true, force: true });
  }

  get size(): number {
    return this.answers.size;
  }

  /** @throws CassetteError where it holds scores: a generator that gives none now did so before */
  requireNoScores(): void {
    if (!this.holdsScores) return;
    throw new CassetteError(
      `${this.identity.model} gives no log-probabilities, and gave those that ${this.folder} holds: answers of two kinds are not compared; look why it gives none, or remove the folder`,
    );
  }

  find(request: string): Answer | undefined {
    return this.answers.get(request);
  }

  /** Keeps an answer; it is on disk when this resolves. One that could not be written is not kept, and the next begins another file. */
  async keep(request: string, answer: Answer): Promise<void> {
    if (this.answers.has(request)) return;
    this.add(request, answer);
    const written = this.last.then(() => this.write(`${JSON.stringify({ request, answer })}\n`));
    this.last = written.catch(() => this.answers.delete(request));
    await written;
  }

  async close(): Promise<void> {
    await this.last;
    await this.leave();
  }

  private async write(line: string): Promise<void> {
    try {
      const file = this.file ?? (await this.begin());
      await file.appendFile(line);
      await file.datasync();
    } catch (error) {
      // A part of the line may be in the file: it stays its last.
      await this.leave().catch(() => {});
      throw error;
    }
  }

  private async begin(): Promise<FileHandle> {
    const { model, sha256 } = this.identity;
    this.file = await open(join(this.folder, `${uuidv7()}${suffix}`), 'ax', 0o644);
    await this.file.appendFile(`${JSON.stringify({ cassette: 1, generator: { model, sha256 } })}\n`);
    return this.file;
  }

  /** Closes the file; the next answer begins another. */
  private async leave(): Promise<void> {
    const { file } = this;
    this.file = undefined;
    await file?.close();
  }

  private add(request: string, answer: Answer): void {
    this.answers.set(request, answer);
    this.holdsScores ||= 'logProbabilities' in answer;
  }

  private async read(path: string): Promise<void> {
    const [head = '', ...lines] = (await readFile(path, 'utf8')).split('\n');
    // The rest after the last line break was not written whole.
    lines.pop();
    if (lines.length === 0 && parsed(head, Head) === undefined) return;
    const found = parsed(head, Head);
    if (found === undefined) throw new CassetteError(`${path}: line 1 is not the head of a cassette; remove the file`);
    const { generator } = found;
    if (generator.sha256 !== this.identity.sha256) {
      throw new CassetteError(
        `${path}: holds answers of ${generator.model} (${generator.sha256.slice(0, 12)}), and ${this.identity.model} (${this.identity.sha256.slice(0, 12)}) was asked: they are not taken for its own; remove the file`,
      );
    }
    for (const [index, text] of lines.entries()) {
      const line = parsed(text, Line);
      if (line === undefined) throw new CassetteError(`${path}: line ${index + 2} is damaged; remove the file`);
      const { request, answer } = line;
      if (answer !== null && !this.answers.has(request)) this.add(request, answer);
    }
  }
}

function parsed<S extends z.ZodType>(text: string, schema: S): z.output<S> | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

type Request = { generate: string; options: GenerateOptions } | { score: string; continuations: readonly string[] };

const digestOf = (request: Request): string =>
  createHash('sha256')
    .update(canonicalize(request) ?? '')
    .digest('hex');

/**
 * The generator behind its cassette. `replayed` is told of each answer that was there.
 *
 * A score that is not given is no answer, and is not kept: what refused it may pass.
 */
export function withCassette(generator: Generator, cassette: Cassette, replayed?: () => void): Generator {
  const kept = async <A extends Generated | Scored | null>(request: Request, ask: () => Promise<A>): Promise<A> => {
    const digest = digestOf(request);
    const known = cassette.find(digest);
    if (known !== undefined) {
      replayed?.();
      return known as A;
    }
    const answer = await ask();
    if (answer === null) cassette.requireNoScores();
    else await cassette.keep(digest, answer);
    return answer;
  };
  return {
    identity: () => generator.identity(),
    generate: (prompt, options) => kept({ generate: prompt, options }, () => generator.generate(prompt, options)),
    score: (prompt, continuations) =>
      kept({ score: prompt, continuations }, () => generator.score(prompt, continuations)),
  };
}
