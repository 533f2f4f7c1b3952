/** @file Stage of an answer: a graph of entities and relations, each with what was said of it and where. Graphs of parts add up to that of the whole. */

/** A statement about something in one passage. */
interface Mention {
  /** Index of the passage. */
  passage: number;
  text: string;
}

export interface Entity {
  name: string;
  mentions: Mention[];
}

export interface Relation {
  /** Names of both ends, in the order of letters: a relation has no direction. */
  ends: readonly [string, string];
  keywords: string[];
  mentions: Mention[];
}

/** Everything that an extractor found in one passage. */
export interface Extracted {
  entities: readonly { name: string; text: string }[];
  relations: readonly { source: string; target: string; keywords: readonly string[]; text: string }[];
}

/** Names that differ in case and white space alone are one entity. */
const keyOf = (name: string): string => name.trim().replace(/\s+/g, ' ').toLowerCase();

const inOrder = (a: string, b: string): readonly [string, string] => (a < b ? [a, b] : [b, a]);

/** Entities and relations by their names. Passages are inserted one after another; the order decides nothing but the spelling of names. */
export class KnowledgeGraph {
  private readonly byName = new Map<string, Entity>();
  private readonly byEnds = new Map<string, Relation>();
  private readonly neighbours = new Map<string, Set<string>>();

  /** Adds what was found in a passage. Ends of a relation are entities too, of which that is said. */
  insert(passage: number, { entities, relations }: Extracted): void {
    for (const { name, text } of entities) this.mention(name, { passage, text });
    for (const { source, target, keywords, text } of relations) {
      const ends = inOrder(keyOf(source), keyOf(target));
      if (ends[0] === ends[1] || ends[0] === '') continue;
      for (const end of [source, target]) this.mention(end, { passage, text });
      const key = ends.join('\u0000');
      const relation = this.byEnds.get(key) ?? { ends, keywords: [], mentions: [] };
      this.byEnds.set(key, relation);
      for (const word of keywords) if (!relation.keywords.includes(word)) relation.keywords.push(word);
      addMention(relation.mentions, { passage, text });
      ends.forEach((end, at) => {
        const known = this.neighbours.get(end) ?? new Set();
        known.add(ends[1 - at]!);
        this.neighbours.set(end, known);
      });
    }
  }

  private mention(name: string, mention: Mention): void {
    const key = keyOf(name);
    if (key === '') return;
    const entity = this.byName.get(key) ?? { name: name.trim().replace(/\s+/g, ' '), mentions: [] };
    this.byName.set(key, entity);
    addMention(entity.mentions, mention);
  }

  /** In the order in which they were first found. */
  get entities(): readonly Entity[] {
    return [...this.byName.values()];
  }

  get relations(): readonly Relation[] {
    return [...this.byEnds.values()];
  }

  entity(name: string): Entity | undefined {
    return this.byName.get(keyOf(name));
  }

  /** Relations of an entity with others. */
  relationsOf(name: string): Relation[] {
    const key = keyOf(name);
    return [...(this.neighbours.get(key) ?? [])].map((other) => this.byEnds.get(inOrder(key, other).join('\u0000'))!);
  }
}

function addMention(mentions: Mention[], { passage, text }: Mention): void {
  if (!mentions.some((own) => own.passage === passage && own.text === text)) mentions.push({ passage, text });
}
