import { type UseFormReturnType, useForm } from '@mantine/form';
import { CreateSweep, type CreateSweepInput, type FieldError, flatIssues, type MethodList } from '@rankforge/contracts';
import { useMemo } from 'react';
import { fieldOf, type SweepValues, toRequest } from './form-values.js';
import { readersOf } from './schema-fields.js';

export type SweepForm = UseFormReturnType<SweepValues>;

type Checked = { request: CreateSweepInput; errors: readonly FieldError[] };

/** The form, with its request checked by the shared schema at every change. */
export function useSweepForm(start: SweepValues, catalog: MethodList): { form: SweepForm; checked: Checked } {
  const form = useForm<SweepValues>({ mode: 'controlled', initialValues: start });
  const readers = useMemo(() => readersOf(catalog), [catalog]);
  const checked = useMemo(() => check(toRequest(form.values, readers)), [form.values, readers]);
  return { form, checked };
}

function check(request: CreateSweepInput): Checked {
  const parsed = CreateSweep.safeParse(request);
  const errors = parsed.success
    ? []
    : flatIssues(parsed.error.issues).map(({ path, message }) => ({ path: `/${path.map(String).join('/')}`, message }));
  return { request, errors };
}

/** Places each error at the field it is about. */
export function errorsByField(errors: readonly FieldError[]): Record<string, string> {
  const placed: Record<string, string> = {};
  for (const { path, message } of errors) {
    const field = fieldOf(path);
    placed[field] = placed[field] ? `${placed[field]}; ${message}` : message;
  }
  return placed;
}
