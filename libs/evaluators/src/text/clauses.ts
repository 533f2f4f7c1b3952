/** @file Clauses of a text by a rule, which stand for its elementary discourse units where nothing parses these. */
import { bySpaces, type Segmenter } from '@rankforge/peft';
import type { Passage } from '@rankforge/peft/extension';

/** A run of words of one text, as a segmenter parts it. */
export type Clause = Omit<Passage, 'document'>;

/** Fewest words of a clause beside another one of its sentence. */
const LEAST_WORDS = 4;

/** Letters of scripts without capitals begin a sentence too. Where no white space parts words, marks before them are words by themselves. */
const SENTENCE_START = /^["'“‘「『《（([]*[\p{Lu}\p{Lo}\p{N}]/u;

/** A word after which a clause ends, whatever follows. */
const CLAUSE_END = /[;:；：—]["'”’」』）)\]]*$|^[-–—]+$/;

/** Words that begin a clause after a comma. */
const connectives: ReadonlySet<string> = new Set(
  (
    'after although and as because before but for if nor once or since so than that though unless until when where whereas which ' +
    'while who whom whose yet'
  ).split(' '),
);

/**
 * Sentences of a text, cut after a semicolon, a colon or a dash, and after a comma before a word that joins clauses. Where a sentence
 * ends by the segmenter, the next begins with a digit, a capital or a letter of a script without them, so that a title such as `Mr.` ends
 * one too. A piece of fewer than four words joins the one after it in its sentence, or the one before.
 *
 * @param segmenter what parted the text. Default: what stands between white space
 * @returns runs that cover all words in their order; none where there is no word
 */
export function clausesOf(words: readonly string[], segmenter: Segmenter = bySpaces): Clause[] {
  return sentencesOf(words, segmenter).flatMap((sentence) => {
    const found: Clause[] = [];
    let from = sentence.from;
    for (let to = from + 1; to <= sentence.to; to++) {
      if (to < sentence.to && (to - from < LEAST_WORDS || !endsClause(words, to))) continue;
      found.push({ from, to });
      from = to;
    }
    const last = found.at(-1)!;
    const before = found.at(-2);
    if (before === undefined || last.to - last.from >= LEAST_WORDS) return found;
    return [...found.slice(0, -2), { from: before.from, to: last.to }];
  });
}

/** Sentences of a text as runs of words. */
export function sentencesOf(words: readonly string[], { between, sentenceEnd }: Segmenter): Clause[] {
  // A bracket closes as a parenthesis does.
  const text = words.join(between).replaceAll(']', ')');
  const gaps = text.matchAll(new RegExp(sentenceEnd, `${sentenceEnd.flags}g`));
  const starts = new Set(Array.from(gaps, ({ index, 0: gap }) => index + gap.length));
  const found: Clause[] = [];
  let from = 0;
  let place = 0;
  for (let to = 1; to <= words.length; to++) {
    place += words[to - 1]!.length + between.length;
    const ends =
      to === words.length || (starts.has(place) && SENTENCE_START.test(words.slice(to, to + 3).join(between)));
    if (!ends) continue;
    found.push({ from, to });
    from = to;
  }
  return found;
}

/** Whether a clause ends before this word. */
function endsClause(words: readonly string[], at: number): boolean {
  // A segmenter may leave white space at the end of a word.
  const [last, next] = [words[at - 1]!.trimEnd(), words[at]!.trimEnd()];
  return CLAUSE_END.test(last) || (last.endsWith(',') && connectives.has(next.toLowerCase()));
}
