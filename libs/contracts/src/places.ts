/** @file Places of documents in the orders of queries: those of relevant documents, or of documents before and after an attack. */
import { z } from 'zod';
import { wholeText } from './bounds.js';
import { Id } from './common.js';

/** Queries whose places are kept of a trial, the first of its split, and the last place that is kept of a relevant document. */
export const mostKeptPlaces = { queries: 1000, place: 100 } as const;

/** Pairs of places that are given of the moves of a trial, those of most documents. */
export const mostMoves = 1000;

const place = z.int().positive();

export const PlacesRecord = z
  .object({
    query: z.string().optional().meta({ description: 'Its words, where it has any.' }),
    size: z.int().meta({ description: 'Documents in its order.' }),
    of: z.int().meta({
      description:
        'Its documents that count: all that are relevant, those in no order included, or all that were attacked.',
    }),
    rows: z.array(
      z.object({
        place: place.meta({ description: 'From 1.' }),
        before: place.optional().meta({ description: 'Of an attacked document: its place before the attack.' }),
      }),
    ),
  })
  .meta({ id: 'PlacesOfQuery' });
export type PlacesRecord = z.infer<typeof PlacesRecord>;

const recall = z.array(z.number().min(0).max(1));

const summary = {
  split: z.enum(['validation', 'test']),
  documents: z.enum(['relevant', 'attacked']).meta({ description: 'Documents whose places these are.' }),
  queries: z.int().meta({ description: 'Queries that were scored.' }),
  recall: recall.optional().meta({
    description: `Of relevant documents: the mean recall of all queries down to each rank, from 1 to at most ${mostKeptPlaces.place}.`,
  }),
};

/** First line of the file that a trial leaves; each further line is a {@link PlacesRecord}. */
export const PlacesHead = z.object({ format: z.literal('rankforge-places-1'), ...summary });
export type PlacesHead = z.infer<typeof PlacesHead>;

export const PlacesQuery = z.object({
  from: wholeText(0).default(0).meta({ description: 'Place of the first query, in the order of the split.' }),
  limit: wholeText(1, 100).default(20),
});
export type PlacesQuery = z.infer<typeof PlacesQuery>;

export const PlacesPage = z
  .object({
    trialId: Id,
    ...summary,
    kept: z.int().meta({
      description: `Queries that are kept: the first ${mostKeptPlaces.queries}; of a relevant document, a place up to ${mostKeptPlaces.place}.`,
    }),
    moves: z.array(z.object({ before: place, after: place, documents: z.int().positive() })).meta({
      description: `How many attacked documents of the queries that are kept went from one place to another: the ${mostMoves} pairs of places with most documents, on the page of the first query alone.`,
    }),
    moved: z.object({ better: z.int(), same: z.int(), worse: z.int() }).optional().meta({
      description:
        'Attacked documents of the queries that are kept whose place became better, stayed, and became worse: on the page of the first query alone.',
    }),
    items: z.array(PlacesRecord),
  })
  .meta({ id: 'PlacesPage' });
export type PlacesPage = z.infer<typeof PlacesPage>;

/** Rows of a board whose recall is read, the first that have a score, and trainings of each, the first. */
export const [mostRecallRows, mostRecallTrainings] = [20, 20] as const;

/** Recall of the rows of a board by how far down their orders are read. */
export const BoardRecall = z
  .object({
    rows: z.array(
      z.object({
        trialIds: z.array(Id).meta({ description: 'Of the row on the board that the same query gives.' }),
        scores: z.int().meta({
          description: `Scores of the test split that it is the mean of: those of its first ${mostRecallTrainings} trainings.`,
        }),
        recall: recall.meta({ description: 'Mean recall down to each rank, from 1.' }),
      }),
    ),
    unreadable: z.array(Id).meta({
      description: 'Trainings the places of whose scores cannot be read; their rows are left out.',
    }),
  })
  .meta({ id: 'BoardRecall' });
export type BoardRecall = z.infer<typeof BoardRecall>;
