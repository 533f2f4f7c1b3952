/** @file What is combined: every value with every other. */
import { Button, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { hasKindField, predictedMeasures, type SweepPreview } from '@rankforge/contracts';
import { AxisInput } from '../../components/axis-input.js';
import { suggestedBudgets } from './budgets.js';
import type { SweepForm } from './use-sweep-form.js';

const limited = predictedMeasures.map(({ name }) => name);

interface AxesProps {
  form: SweepForm;
  /** Of the form as it stands. */
  preview: SweepPreview | undefined;
}

export function Axes({ form, preview }: AxesProps) {
  return (
    <Paper component="section" aria-label="Axes of the sweep">
      <Stack gap="sm">
        <Title order={2}>Axes of the sweep</Title>
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm" verticalSpacing="sm">
          <AxisInput
            label="Ranks"
            description="For every method that has one; max: the largest that fits each budget"
            placeholder="Default 8"
            {...form.getInputProps('rank')}
          />
          <Stack gap={6}>
            <AxisInput
              label="Memory budgets (MiB)"
              description="Trials that need more are not run and count as not fitting; others train as without a budget"
              required
              {...form.getInputProps('memoryBudgetMiB')}
            />
            <BudgetSuggestions form={form} preview={preview} />
          </Stack>
          <AxisInput
            label="Limits"
            description={`On what is predicted beside memory: ${limited.join(', ')}`}
            placeholder={`None; ${limited[0]}=1e6`}
            {...form.getInputProps('limits')}
          />
          <AxisInput
            label="Learning rates"
            description="For all methods"
            placeholder="Each method's own"
            {...form.getInputProps('learningRate')}
          />
          {hasKindField(form.values.kind, 'recoverySteps') ? (
            <AxisInput
              label="Recovery steps"
              description="Training steps after the compression; 0 for none"
              placeholder="Default 0"
              {...form.getInputProps('recoverySteps')}
            />
          ) : null}
          <AxisInput
            label="Seeds"
            description="Three or more give intervals over seeds"
            placeholder="Default 0, 1, 2"
            {...form.getInputProps('seed')}
          />
        </SimpleGrid>
      </Stack>
    </Paper>
  );
}

/** Budgets that the predicted bytes suggest; a press adds one to the axis. */
function BudgetSuggestions({ form, preview }: AxesProps) {
  const chosen = form.values.memoryBudgetMiB;
  const further = suggestedBudgets(preview?.rows ?? []).filter(({ mib }) => !chosen.includes(String(mib)));
  if (further.length === 0) return null;
  return (
    <Group gap={6}>
      <Text size="xs" c="dimmed">
        By prediction:
      </Text>
      {further.map(({ mib, fits, of }) => (
        <Button
          key={mib}
          size="compact-xs"
          variant="default"
          onClick={() => form.setFieldValue('memoryBudgetMiB', [...chosen, String(mib)])}
        >
          {mib} MiB fits {of === 1 ? 'it' : fits === of ? `all ${of}` : `${fits} of ${of}`}
        </Button>
      ))}
    </Group>
  );
}
