/** @file What a training runs on, and what lowers its peak: an engine of this platform, or torch as it is set up. */
import { Paper, SegmentedControl, Select, SimpleGrid, Stack, Switch, Title } from '@mantine/core';
import {
  attentions,
  baseDtypes,
  checkpointings,
  computeDtypes,
  predictedEngines,
  torchSetup,
} from '@rankforge/contracts';
import { NumberField } from '../../components/number-field.js';
import type { CheckedValues, EstimateValues, Profile, TorchValues } from './request.js';

export interface ProfileFieldsProps {
  values: EstimateValues;
  errors: CheckedValues['mistakes'];
  onChange(next: Partial<EstimateValues>): void;
}

export function ProfileFields({ values, errors, onChange }: ProfileFieldsProps) {
  return (
    <Paper component="section" aria-label="Memory">
      <Stack gap="sm">
        <Title order={2}>Memory</Title>
        <SegmentedControl
          aria-label="Whose bytes"
          data={[
            { value: 'rankforge', label: 'An engine here' },
            { value: 'torch', label: 'torch on CUDA' },
          ]}
          value={values.profile}
          onChange={(profile) => onChange({ profile: profile as Profile })}
          fullWidth
        />
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm" verticalSpacing="sm">
          <Select
            label="Kernels of the base"
            description="Type of those that stay frozen"
            placeholder={values.profile === 'torch' ? 'bfloat16' : 'float32'}
            data={[...baseDtypes]}
            value={values.dtype === '' ? null : values.dtype}
            onChange={(dtype) => onChange({ dtype: (dtype ?? '') as EstimateValues['dtype'] })}
            error={errors.dtype}
            clearable
          />
          <Select
            label="Checkpointing"
            description="What is run again in the backward pass"
            placeholder={again(values)}
            data={[...checkpointings]}
            value={values.checkpointing === '' ? null : values.checkpointing}
            onChange={(kind) => onChange({ checkpointing: (kind ?? '') as EstimateValues['checkpointing'] })}
            error={errors.checkpointing}
            clearable
          />
          {values.profile === 'torch' ? (
            <TorchFields values={values} errors={errors} onChange={onChange} />
          ) : (
            <EngineFields values={values} errors={errors} onChange={onChange} />
          )}
        </SimpleGrid>
      </Stack>
    </Paper>
  );
}

function EngineFields({ values, errors, onChange }: ProfileFieldsProps) {
  return (
    <>
      <Select
        label="Engine"
        description="Engines hold different operands"
        data={[...predictedEngines]}
        value={values.engine}
        onChange={(engine) => engine && onChange({ engine: engine as EstimateValues['engine'] })}
        error={errors.engine}
        allowDeselect={false}
      />
      <Select
        label="Products of the base"
        description="bfloat16: on tensorflow"
        placeholder="float32"
        data={[...computeDtypes]}
        value={values.computeDtype === '' ? null : values.computeDtype}
        onChange={(dtype) => onChange({ computeDtype: (dtype ?? '') as EstimateValues['computeDtype'] })}
        error={errors.computeDtype}
        clearable
      />
      <Select
        label="Attention"
        description="Chunked above 512 tokens"
        placeholder="By the length"
        data={[...attentions]}
        value={values.attention === '' ? null : values.attention}
        onChange={(attention) => onChange({ attention: (attention ?? '') as EstimateValues['attention'] })}
        error={errors.attention}
        clearable
      />
    </>
  );
}

/** A quantized base is prepared, which comes with checkpointing and is trained by autocast. */
const isPrepared = ({ profile, dtype, torch }: EstimateValues): boolean =>
  profile === 'torch' && isQuantized(dtype) && torch.prepared;

const isQuantized = (dtype: EstimateValues['dtype']): boolean => dtype === 'int8' || dtype === 'nf4';

const again = (values: EstimateValues): string => (isPrepared(values) ? 'block' : 'none');

function TorchFields({ values, errors, onChange }: ProfileFieldsProps) {
  const { torch, dtype } = values;
  const set = (next: Partial<TorchValues>) => onChange({ torch: { ...torch, ...next } });
  return (
    <>
      <Select
        label="Attention"
        description="Its implementation"
        data={[...torchSetup.attention]}
        value={torch.attention}
        onChange={(attention) => attention && set({ attention: attention as TorchValues['attention'] })}
        error={errors['torch/attention']}
        allowDeselect={false}
      />
      <Select
        label="Update"
        description="How the optimizer runs"
        data={[...torchSetup.update]}
        value={torch.update}
        onChange={(update) => update && set({ update: update as TorchValues['update'] })}
        error={errors['torch/update']}
        allowDeselect={false}
      />
      <Select
        label="Logits"
        description="Type in which the loss is computed"
        data={[...torchSetup.logits]}
        value={torch.logits}
        onChange={(logits) => logits && set({ logits: logits as TorchValues['logits'] })}
        error={errors['torch/logits']}
        allowDeselect={false}
      />
      <Select
        label="Loss"
        description="From all logits, or fused by Liger"
        data={[...torchSetup.loss]}
        value={torch.loss}
        onChange={(loss) => loss && set({ loss: loss as TorchValues['loss'] })}
        error={errors['torch/loss']}
        allowDeselect={false}
      />
      <Select
        label="Adapters"
        description="Their type; float32 as peft makes them"
        data={[...torchSetup.adapters]}
        value={torch.adapters}
        onChange={(adapters) => adapters && set({ adapters: adapters as TorchValues['adapters'] })}
        error={errors['torch/adapters']}
        allowDeselect={false}
      />
      <SharedFields values={values} errors={errors} onChange={onChange} />
      <Stack gap="xs" justify="flex-end">
        {isQuantized(dtype) && (
          <Switch
            label="Prepared: all but packed kernels in float32"
            checked={torch.prepared}
            onChange={({ currentTarget }) => set({ prepared: currentTarget.checked })}
          />
        )}
        {dtype === 'nf4' && (
          <Switch
            label="Double quantization"
            checked={torch.doubleQuantization}
            onChange={({ currentTarget }) => set({ doubleQuantization: currentTarget.checked })}
          />
        )}
        <Switch
          label="Batches are padded"
          checked={torch.padded}
          onChange={({ currentTarget }) => set({ padded: currentTarget.checked })}
        />
        <Switch
          label="Autocast to bfloat16"
          checked={torch.autocast ?? isPrepared(values)}
          onChange={({ currentTarget }) => set({ autocast: currentTarget.checked })}
        />
      </Stack>
    </>
  );
}

/** The cards that train together. */
export function SharedFields({ values: { torch }, errors, onChange }: ProfileFieldsProps) {
  const set = (next: Partial<TorchValues>) => onChange({ torch: { ...torch, ...next } });
  return (
    <>
      <NumberField
        label="Cards"
        description="Each with a batch of its own"
        placeholder="1"
        min={1}
        value={torch.gpus ?? ''}
        onChange={(gpus) => set({ gpus: gpus === '' ? undefined : gpus })}
        error={errors['torch/gpus']}
      />
      <Select
        label="Shares"
        description="What several cards part"
        placeholder="ddp: none"
        data={[...torchSetup.shard]}
        value={torch.shard ?? null}
        onChange={(shard) => set({ shard: (shard ?? undefined) as TorchValues['shard'] })}
        error={errors['torch/shard']}
        clearable
      />
    </>
  );
}
