/** @file Counts of examples by who is right, and of two trials against each other. */
import { Table, UnstyledButton } from '@mantine/core';
import { type ExampleComparison, type ExamplePair, patternText } from '@rankforge/contracts';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { formatInteger, formatProbability } from '../../lib/format.js';
import classes from './example-counts.module.css';

interface PatternTableProps {
  patterns: NonNullable<ExampleComparison['patterns']>;
  examples: number;
  names: readonly string[];
  /** The pattern whose examples are listed. */
  which: string | undefined;
  onChoose: (pattern: string | undefined) => void;
}

/** A bar for each pattern; its name lists its examples. */
export function PatternTable({ patterns, examples, names, which, onChoose }: PatternTableProps) {
  return (
    <ScrollFrame label="Who is right">
      <Table aria-label="Who is right" className={classes.patterns}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Right</Table.Th>
            <Table.Th className="rf-number">Examples</Table.Th>
            <Table.Th className="rf-number">Share</Table.Th>
            <Table.Th w="45%">
              <span className="rf-visually-hidden">Bar</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {patterns.map(({ pattern, examples: count }) => (
            <Table.Tr key={pattern}>
              <Table.Th scope="row">
                <UnstyledButton
                  className={classes.choose}
                  aria-pressed={which === pattern}
                  onClick={() => onChoose(which === pattern ? undefined : pattern)}
                >
                  {patternText(pattern, names)}
                </UnstyledButton>
              </Table.Th>
              <Table.Td className="rf-number">{formatInteger(count)}</Table.Td>
              <Table.Td className="rf-number">{((100 * count) / examples).toFixed(1)} %</Table.Td>
              <Table.Td>
                <div
                  className={classes.bar}
                  data-differs={(pattern.includes('0') && pattern.includes('1')) || undefined}
                  style={{ width: `${(100 * count) / examples}%` }}
                />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollFrame>
  );
}

/** Every two of the trials: how often one alone is right, or ahead. */
export function AgreementTable({ compared, names }: { compared: ExampleComparison; names: readonly string[] }) {
  const { pairs, patterns } = compared;
  const columns = columnsOf(patterns !== null, pairs.length > 1);
  return (
    <ScrollFrame label="Every two">
      <Table aria-label="Every two" miw={520} className={classes.pairs}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>First</Table.Th>
            <Table.Th>Second</Table.Th>
            {columns.map(({ title }) => (
              <Table.Th key={title} className="rf-number">
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {pairs.map((pair) => (
            <Table.Tr key={`${pair.a} ${pair.b}`}>
              <Table.Td>{names[pair.a]}</Table.Td>
              <Table.Td>{names[pair.b]}</Table.Td>
              {columns.map(({ title, text }) => (
                <Table.Td key={title} className="rf-number">
                  {text(pair)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollFrame>
  );
}

interface PairColumn {
  title: string;
  text: (pair: ExamplePair) => string;
}

function columnsOf(isRightOrWrong: boolean, hasSeveral: boolean): PairColumn[] {
  if (!isRightOrWrong) {
    return [
      { title: 'First ahead', text: ({ aAhead }) => formatInteger(aAhead) },
      { title: 'Second ahead', text: ({ bAhead }) => formatInteger(bAhead) },
      { title: 'Equal', text: ({ equal }) => formatInteger(equal) },
    ];
  }
  const probability = (p: number | null) => (p === null ? '–' : formatProbability(p));
  return [
    { title: 'First alone right', text: ({ aAhead }) => formatInteger(aAhead) },
    { title: 'Second alone right', text: ({ bAhead }) => formatInteger(bAhead) },
    { title: 'Both', text: ({ bothRight }) => formatInteger(bothRight ?? 0) },
    { title: 'Neither', text: ({ equal, bothRight }) => formatInteger(equal - (bothRight ?? 0)) },
    { title: 'p', text: ({ pValue }) => probability(pValue) },
    ...(hasSeveral
      ? [{ title: 'p (Holm)', text: ({ adjustedPValue }: ExamplePair) => probability(adjustedPValue) }]
      : []),
  ];
}
