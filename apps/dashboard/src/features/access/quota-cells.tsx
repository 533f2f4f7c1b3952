import { Table, Text } from '@mantine/core';
import { type QuotaChange, Quotas, type Usage } from '@rankforge/contracts';
import { NumberOnLeave } from '../../components/number-on-leave.js';
import { formatBytes, formatInteger } from '../../lib/format.js';

interface QuotaCellsProps {
  /** Whose they are. */
  name: string;
  quotas: Quotas;
  usage: Usage;
  /** Sets one; without it they are only shown. */
  onChange: ((change: QuotaChange) => void) | undefined;
  /** The change that is under way; it shows until it is taken, or refused. */
  underWay: QuotaChange | undefined;
}

export const quotaHeads = ['Running trials', 'Reserved memory', 'Stored'];

const labels: Record<keyof Quotas, string> = {
  maxRunningTrials: 'trials at once',
  maxReservedMiB: 'MiB reserved at once',
  maxStoredMiB: 'MiB stored',
};

/** A cell a quota: what is used of it, and its input. */
export function QuotaCells({ usage, ...props }: QuotaCellsProps) {
  const waiting = usage.waitingTrials > 0 ? `, ${formatInteger(usage.waitingTrials)} waiting` : '';
  return (
    <>
      <Cell {...props} quota="maxRunningTrials" used={`${formatInteger(usage.runningTrials)}${waiting}`} unit="" />
      <Cell {...props} quota="maxReservedMiB" used={formatBytes(usage.reservedBytes)} unit=" MiB" />
      <Cell {...props} quota="maxStoredMiB" used={formatBytes(usage.storedBytes)} unit=" MiB" />
    </>
  );
}

interface CellProps extends Omit<QuotaCellsProps, 'usage'> {
  quota: keyof Quotas;
  used: string;
  unit: string;
}

function Cell({ name, quotas, quota, used, unit, onChange, underWay }: CellProps) {
  return (
    <Table.Td>
      <Text size="sm" className="rf-numbers">
        {used}
        {quotas[quota] === null ? '' : ` of ${formatInteger(quotas[quota])}${unit}`}
      </Text>
      {onChange ? (
        <NumberOnLeave
          size="xs"
          w={120}
          min={0}
          placeholder={`no quota${unit && `, in${unit}`}`}
          aria-label={`${name}: ${labels[quota]}`}
          value={{ ...quotas, ...underWay }[quota]}
          schema={Quotas.shape[quota]}
          onSettle={(next) => onChange({ [quota]: next })}
          disabled={underWay !== undefined}
        />
      ) : null}
    </Table.Td>
  );
}
