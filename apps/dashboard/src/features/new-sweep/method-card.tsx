import {
  Accordion,
  ActionIcon,
  Alert,
  Group,
  Paper,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
  Tooltip,
} from '@mantine/core';
import { hasKindField, type MethodList, trainingAxisNames } from '@rankforge/contracts';
import { IconTrash } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { AxisInput } from '../../components/axis-input.js';
import { formatLearningRate } from '../../lib/format.js';
import type { MethodValues } from './form-values.js';
import { SchemaFieldInput } from './schema-field-input.js';
import { type SchemaField, schemaFields } from './schema-fields.js';
import { TrainingAxisInput } from './training-axis-input.js';
import type { SweepForm } from './use-sweep-form.js';

interface MethodCardProps {
  form: SweepForm;
  index: number;
  value: MethodValues;
  catalog: MethodList;
}

export function MethodCard({ form, index, value, catalog }: MethodCardProps) {
  const method = catalog.methods.find(({ name }) => name === value.name);
  const optimizer = catalog.optimizers.find(({ name }) => name === value.optimizer);
  const path = `methods.${index}` as const;
  const trains = method?.trains ?? true;
  const usesRank = method?.usesRank || optimizer?.usesRank;
  const own = method ? schemaFields(method.config, ['rank']) : [];
  const optimizers = optimizer && trains ? schemaFields(optimizer.config, ['rank']) : [];
  const federates = hasKindField(form.values.kind, 'federation');
  const strategy = federates ? catalog.strategies.find(({ name }) => name === value.strategy) : undefined;
  const recipe = catalog.recipes.find(({ name }) => name === value.recipe);
  const recipeFields = recipe ? schemaFields(recipe.config) : [];
  const strategies = strategy ? schemaFields(strategy.config) : [];
  const needsTeacher = method?.learnsFromTeacher ?? false;
  const teacher = (
    <TextInput
      label={trains ? 'Teacher' : 'Ranker'}
      placeholder={trains ? 'Imported adapter, or id of a trial' : 'Id of a finished training'}
      withAsterisk={trains && needsTeacher}
      {...form.getInputProps(`${path}.teacher`)}
    />
  );
  const further = [
    ...trainingAxisNames.map((name) => value[name].length > 0),
    value.from.trim() !== '',
    !needsTeacher && value.teacher.trim() !== '',
  ].filter(Boolean).length;
  return (
    <Paper component="section" aria-label={`Method ${method?.title ?? value.name}`}>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <div>
            <Title order={3}>{method?.title ?? value.name}</Title>
            <Text size="sm" c="dimmed">
              {method?.summary ?? 'This installation does not know this method.'}
            </Text>
          </div>
          <Tooltip label="Remove">
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Remove ${method?.title ?? value.name}`}
              onClick={() => form.removeListItem('methods', index)}
            >
              <IconTrash size={18} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </Group>
        {form.errors[path] || form.errors[`${path}.name`] ? (
          <Alert color="red" data-form-error tabIndex={-1}>
            {form.errors[path] ?? form.errors[`${path}.name`]}
          </Alert>
        ) : null}
        <SimpleGrid cols={{ base: 1, sm: 2, xl: 3 }} spacing="sm" verticalSpacing="sm">
          {trains ? (
            <>
              <Select
                label="Optimizer"
                data={catalog.optimizers.map(({ name, title }) => ({ value: name, label: title }))}
                allowDeselect={false}
                {...form.getInputProps(`${path}.optimizer`)}
                onChange={(name) => {
                  if (!name) return;
                  form.setFieldValue(`${path}.optimizer`, name);
                  form.setFieldValue(`${path}.optimizerConfig`, {});
                }}
              />
              {federates ? (
                <Select
                  label="Strategy"
                  description={strategy?.summary}
                  data={catalog.strategies.map(({ name, title }) => ({ value: name, label: title }))}
                  allowDeselect={false}
                  searchable
                  {...form.getInputProps(`${path}.strategy`)}
                  onChange={(name) => {
                    if (!name) return;
                    form.setFieldValue(`${path}.strategy`, name);
                    form.setFieldValue(`${path}.strategyConfig`, {});
                    form.setFieldValue(`${path}.clientRanks`, []);
                  }}
                />
              ) : null}
              {federates ? null : (
                <Select
                  label="Recipe"
                  description={recipe?.summary}
                  placeholder="None"
                  data={catalog.recipes.map(({ name, title }) => ({ value: name, label: title }))}
                  clearable
                  searchable
                  {...form.getInputProps(`${path}.recipe`)}
                  onChange={(name) => {
                    form.setFieldValue(`${path}.recipe`, name ?? '');
                    form.setFieldValue(`${path}.recipeConfig`, {});
                  }}
                />
              )}
              {usesRank ? (
                <AxisInput label="Rank" placeholder="Ranks of the sweep" {...form.getInputProps(`${path}.rank`)} />
              ) : null}
              {federates && strategy?.ownRanks && usesRank ? (
                <AxisInput
                  label="Ranks of clients"
                  description="client:rank; others have the rank"
                  {...form.getInputProps(`${path}.clientRanks`)}
                />
              ) : null}
              <AxisInput
                label="Learning rate"
                placeholder="Learning rates of the sweep"
                suggestions={method?.learningRates.map(formatLearningRate) ?? []}
                {...form.getInputProps(`${path}.learningRate`)}
              />
            </>
          ) : null}
          {needsTeacher ? teacher : null}
          {own.map((field) => (
            <SchemaFieldInput
              key={field.name}
              field={field}
              value={value.config[field.name] ?? []}
              onChange={(axis) => form.setFieldValue(`${path}.config`, { ...value.config, [field.name]: axis })}
              error={form.errors[`${path}.config.${field.name}`]}
            />
          ))}
        </SimpleGrid>
        {trains ? (
          <Folded title="Further options" set={further}>
            {trainingAxisNames.map((name) => (
              <TrainingAxisInput
                key={name}
                name={name}
                placeholder="That of the sweep"
                {...form.getInputProps(`${path}.${name}`)}
              />
            ))}
            <TextInput
              label="Starts from"
              placeholder="Imported adapter, or id of a trial"
              {...form.getInputProps(`${path}.from`)}
            />
            {needsTeacher ? null : teacher}
          </Folded>
        ) : null}
        {strategies.length > 0 ? (
          <Settings
            key={value.strategy}
            title={strategy?.title ?? value.strategy}
            fields={strategies}
            values={value.strategyConfig}
            onChange={(config) => form.setFieldValue(`${path}.strategyConfig`, config)}
            errorOf={(name) => form.errors[`${path}.strategyConfig.${name}`]}
          />
        ) : null}
        {recipeFields.length > 0 ? (
          <Settings
            key={value.recipe}
            title={recipe?.title ?? value.recipe}
            fields={recipeFields}
            values={value.recipeConfig}
            onChange={(config) => form.setFieldValue(`${path}.recipeConfig`, config)}
            errorOf={(name) => form.errors[`${path}.recipeConfig.${name}`]}
          />
        ) : null}
        {optimizers.length > 0 ? (
          <Settings
            key={value.optimizer}
            title={optimizer?.title ?? value.optimizer}
            fields={optimizers}
            values={value.optimizerConfig}
            onChange={(config) => form.setFieldValue(`${path}.optimizerConfig`, config)}
            errorOf={(name) => form.errors[`${path}.optimizerConfig.${name}`]}
          />
        ) : null}
      </Stack>
    </Paper>
  );
}

interface SettingsProps {
  title: string;
  fields: readonly SchemaField[];
  values: MethodValues['optimizerConfig'];
  onChange: (values: MethodValues['optimizerConfig']) => void;
  errorOf: (name: string) => ReactNode;
}

/** Folded, since their defaults are what most sweeps want; open where some were set already. */
function Settings({ title, fields, values, onChange, errorOf }: SettingsProps) {
  const set = fields.filter(({ name }) => (values[name] ?? []).length > 0);
  return (
    <Folded title={`Settings of ${title}`} set={set.length}>
      {fields.map((field) => (
        <SchemaFieldInput
          key={field.name}
          field={{ ...field, label: `${title}: ${field.label.toLowerCase()}` }}
          value={values[field.name] ?? []}
          onChange={(axis) => onChange({ ...values, [field.name]: axis })}
          error={errorOf(field.name)}
        />
      ))}
    </Folded>
  );
}

/** Fields behind a line that counts those that are set; open from the start where some are. */
function Folded({ title, set, children }: { title: string; set: number; children: ReactNode }) {
  const [opened, setOpened] = useState(set > 0 ? 'settings' : null);
  return (
    <Accordion variant="contained" chevronPosition="left" value={opened} onChange={setOpened}>
      <Accordion.Item value="settings">
        <Accordion.Control>
          <Text size="sm">
            {title}
            {set > 0 ? `: ${set} set` : ''}
          </Text>
        </Accordion.Control>
        <Accordion.Panel>
          <SimpleGrid cols={{ base: 1, sm: 2, xl: 3 }} spacing="sm" verticalSpacing="sm">
            {children}
          </SimpleGrid>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}
