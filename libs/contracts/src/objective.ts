/** @file What a model can be trained for, as pages and command lines show it. */
import { z } from 'zod';
import { MetricView } from './catalog.js';
import { DatasetFormat } from './dataset.js';

export const ObjectiveView = z
  .object({
    name: z.string(),
    title: z.string().meta({ description: 'What is learned, for people.' }),
    unit: z.enum(['window', 'example', 'query', 'user']).meta({
      description:
        'What batches and splits count, and what statistics pair: a query has several rows, and a user several items.',
    }),
    metrics: z.array(MetricView).meta({ description: 'The first ranks unless a sweep says otherwise.' }),
    dataset: z
      .object({
        from: z.enum(['table', 'images']).meta({ description: 'A file of rows, or a folder of images.' }),
        formats: z.array(DatasetFormat).meta({ description: 'Formats of files that it is read from.' }),
        columns: z.array(
          z.object({
            field: z.string().meta({ description: 'Field of the mapping that names the column.' }),
            holds: z.enum([
              'text',
              'texts',
              'class',
              'number',
              'numbers',
              'grade',
              'rating',
              'time',
              'request',
              'messages',
            ]),
            title: z.string(),
            description: z.string().nullable(),
            optional: z.boolean().meta({ description: 'A mapping may leave it out.' }),
            option: z.string().meta({ description: 'Option of the command line that names the column.' }),
            replaces: z
              .array(z.string())
              .optional()
              .meta({ description: 'Fields that a mapping leaves out where it names this one.' }),
          }),
        ),
        mapping: z.record(z.string(), z.unknown()).meta({ description: 'JSON Schema of the mapping of a data set.' }),
        usual: z.partialRecord(DatasetFormat, z.record(z.string(), z.union([z.string(), z.number()]))).meta({
          description: 'By format: what fields of the mapping are where a request leaves them out.',
        }),
      })
      .nullable()
      .meta({ description: 'How a file of a user is read for it; null where none is.' }),
  })
  .meta({ id: 'Objective' });
export type ObjectiveView = z.infer<typeof ObjectiveView>;
export const ObjectiveList = z.object({ objectives: z.array(ObjectiveView) }).meta({ id: 'ObjectiveList' });
export type ObjectiveList = z.infer<typeof ObjectiveList>;
