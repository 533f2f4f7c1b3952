/**
 * @file The forms of examples: which columns of a table a data set names, by role, or that images come in folders. How they
 * are read, split and assembled is up to whoever holds data (libs/tasks); several objectives may read the same.
 */

export interface ExampleColumn {
  /** Field of a mapping that names the column. */
  field: string;
  /**
   * `texts`: a text or, in JSON lines, a list of them. `class`: one of a few names. `number`: to predict. `grade`: how relevant a row is, 0
   * where it is not. `numbers`: a list of numbers, as many in every row. `rating`: how much a user liked an item. `time`: when, as a number or a date. `request`: what a question asks for. `messages`: a list
   * of messages, each with a role and a text.
   */
  holds: 'text' | 'texts' | 'class' | 'number' | 'numbers' | 'grade' | 'rating' | 'time' | 'request' | 'messages';
  /** A mapping may leave it out. */
  optional?: true;
  /** Texts may be an empty list. */
  none?: true;
  /** For people. */
  title: string;
  description?: string;
  /** Option of a command line that names the column. Default: the field. */
  option?: string;
  /** Field of a mapping that may say a template of several columns in its place. */
  template?: string;
  /** Fields that a mapping leaves out where it names this one. */
  replaces?: readonly string[];
  /** In place of a text, a cell may have a list of messages. */
  chats?: true;
}

const template = 'promptTemplate';

export interface ExampleForm {
  /** `generated`: no file of a user is read as these. */
  from: 'table' | 'images' | 'generated';
  columns: readonly ExampleColumn[];
  /** Documents that BM25 adds to each query of a collection where nothing is said; absent where rows are no queries. */
  candidates?: number;
  /** All texts are searched for each query, those of a collection among them that no query has as a row. */
  searched?: true;
  /** A row is a query and a text, which a model reads as one. */
  joined?: true;
  /** Words of its texts are counted, so that a data set may say what they are. */
  segmented?: true;
  /** Its texts end with the token by which texts of a base end, which is learned. */
  ended?: true;
  /** A mapping may say which turns of a conversation are learned. */
  turns?: true;
  /** Most tokens that an answer may be given, and as many as it has where nothing is said; absent where none is written. */
  answerTokens?: { most: number; usual: number };
}

const text: ExampleColumn = { field: 'text', holds: 'text', title: 'Text' };

const grade: ExampleColumn = {
  field: 'grade',
  holds: 'grade',
  title: 'Grade',
  description: 'How relevant the row is to its query: 0 where it is not, more where it is.',
};

const gradedColumns = (ofQueries: string): readonly ExampleColumn[] => [
  { field: 'query', holds: 'text', title: 'Query', description: ofQueries },
  text,
  grade,
];

const messages = (replaces: readonly string[], learned: string): ExampleColumn => ({
  field: 'messages',
  holds: 'messages',
  optional: true,
  title: 'Conversation',
  description: `In place of the others: a list of messages with role and content, or from and value. ${learned}`,
  replaces,
});

export const exampleForms = {
  /** Texts as one stream of tokens. */
  windows: { from: 'table', columns: [text] },
  completions: {
    from: 'table',
    columns: [
      { field: 'prompt', holds: 'text', title: 'Prompt', template, chats: true },
      {
        field: 'completion',
        holds: 'text',
        title: 'Completion',
        description: 'The loss is on its tokens only.',
        chats: true,
      },
      messages(['prompt', 'completion'], 'The loss is on the turns of the assistant only.'),
    ],
    ended: true,
    turns: true,
  },
  answered: {
    from: 'table',
    columns: [
      { field: 'prompt', holds: 'text', title: 'Prompt', template, chats: true },
      {
        field: 'answers',
        holds: 'texts',
        title: 'Answers',
        description: 'A text or, in JSON lines, a list of texts: all are right, and training learns the first.',
      },
      messages(['prompt', 'answers'], 'The last turn of the assistant is the answer.'),
    ],
    segmented: true,
    ended: true,
    answerTokens: { most: 256, usual: 32 },
  },
  /** Questions whose evidence stands in documents, which are all texts of evidence together. */
  grounded: {
    from: 'table',
    columns: [
      { field: 'prompt', holds: 'text', title: 'Question', template },
      {
        field: 'answers',
        holds: 'texts',
        title: 'Answers',
        description: 'A text or, in JSON lines, a list of texts: all are right, and training learns the first.',
      },
      {
        field: 'evidence',
        holds: 'texts',
        title: 'Evidence',
        description:
          'A text or, in JSON lines, a list of texts that the answer follows from. Those of all questions are the documents that are searched.',
        none: true,
      },
      {
        field: 'request',
        holds: 'request',
        title: 'Request',
        description: 'Says answer, continue, correct or summarize: what the question asks for. Left out: an answer.',
        optional: true,
      },
      {
        field: 'search',
        holds: 'text',
        title: 'Searched by',
        description: 'What documents are searched by. Left out: the question.',
        optional: true,
      },
    ],
    segmented: true,
    ended: true,
    answerTokens: { most: 256, usual: 32 },
  },
  labelled: { from: 'table', columns: [text, { field: 'label', holds: 'class', title: 'Label' }] },
  numbered: {
    from: 'table',
    columns: [
      text,
      {
        field: 'label',
        holds: 'number',
        title: 'Number',
        description: 'A column of numbers.',
        option: 'number',
      },
    ],
  },
  /** Rows with the same query are one unit, and are ranked against each other. */
  graded: {
    from: 'table',
    columns: gradedColumns('Rows with the same are ranked against each other.'),
    joined: true,
    segmented: true,
    candidates: 20,
  },
  /** Rows with the same query are one unit, for which all texts are searched. */
  searched: {
    from: 'table',
    columns: gradedColumns('Rows with the same are of one query.'),
    segmented: true,
    candidates: 0,
    searched: true,
  },
  /** Rows that say which user took which item. */
  interactions: {
    from: 'table',
    columns: [
      { field: 'user', holds: 'text', title: 'User' },
      { field: 'item', holds: 'text', title: 'Item' },
      {
        field: 'rating',
        holds: 'rating',
        title: 'Rating',
        description: 'A number: rows below the least rating that counts are left out.',
        optional: true,
      },
      {
        field: 'time',
        holds: 'time',
        title: 'Time',
        description: 'A number or a date: what came later is validated and tested on.',
        optional: true,
      },
    ],
  },
  /** Rows with the same query are one unit, and are ranked against each other by numbers of each. */
  features: {
    from: 'table',
    columns: [
      {
        field: 'query',
        holds: 'text',
        title: 'Query',
        description: 'Rows with the same are ranked against each other.',
      },
      { field: 'features', holds: 'numbers', title: 'Features', description: 'The numbers that a row is ranked by.' },
      grade,
      { field: 'text', holds: 'text', title: 'Name', description: 'What a row is called.', optional: true },
    ],
  },
  images: { from: 'images', columns: [] },
  fields: { from: 'generated', columns: [] },
} as const satisfies Record<string, ExampleForm>;

export type ExampleFormName = keyof typeof exampleForms;
