import { datasetFormats, type ObjectiveView } from '@rankforge/contracts';
import { metricsOf, type Objective, objectives } from '@rankforge/peft';
import { canRead, formOf, mappingSchema, usualFields } from '@rankforge/tasks';
import { z } from 'zod';

/** All objectives as the API shows them, in the order of the registry. */
export const viewObjectives = (): ObjectiveView[] =>
  objectives.map((objective) => ({
    name: objective.name,
    title: objective.title,
    unit: objective.unit,
    metrics: metricsOf(objective.name).map(({ name, direction, range }) => ({ name, direction, range })),
    dataset: viewDataset(objective),
  }));

function viewDataset(objective: Objective): ObjectiveView['dataset'] {
  const form = formOf(objective);
  const { from, columns } = form;
  if (from === 'generated') return null;
  const formats = datasetFormats.filter((format) => canRead(format, form));
  return {
    from,
    formats,
    columns: columns.map(({ field, holds, optional = false, title, description = null, option = field, replaces }) => ({
      field,
      holds,
      optional,
      title,
      description,
      option,
      ...(replaces && { replaces: [...replaces] }),
    })),
    mapping: z.toJSONSchema(mappingSchema(objective), { io: 'input' }),
    usual: Object.fromEntries(
      formats.flatMap((format) => {
        const fields = usualFields(format, form);
        return Object.keys(fields).length === 0 ? [] : [[format, fields]];
      }),
    ),
  };
}
