/** @file What was found in a data set: sizes, class balance, what stands on two sides of the split, rows. */
import { Alert, Badge, Paper, Progress, Stack, Table, Text, Title } from '@mantine/core';
import { classDoubts, type DatasetReport, type DatasetRow, type PerSplit, rowDoubts } from '@rankforge/contracts';
import { IconAlertTriangle, IconCopyCheck, IconCopyX, IconTags } from '@tabler/icons-react';
import { Figure, Figures } from '../../components/page.js';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { formatInteger, formatMetric } from '../../lib/format.js';

export function Report({ report }: { report: DatasetReport }) {
  const { examples, emptyRows, classes, numbers, queries, interactions } = report;
  return (
    <Stack gap="md">
      <Paper>
        <Figures>
          <Figure label="Train">{formatInteger(examples.train)}</Figure>
          <Figure label="Validation">{formatInteger(examples.validation)}</Figure>
          <Figure label="Test">{formatInteger(examples.test)}</Figure>
          {emptyRows === undefined ? null : (
            <Figure label="Empty" hint="Rows with an empty cell: left out">
              {formatInteger(emptyRows)}
            </Figure>
          )}
          {numbers ? (
            <>
              <Figure label="Mean" hint="Mean of the numbers in the training split">
                {formatMetric(numbers.mean)}
              </Figure>
              <Figure label="Deviation">{formatMetric(numbers.deviation)}</Figure>
              <Figure label="Range">
                {formatMetric(numbers.smallest)} … {formatMetric(numbers.largest)}
              </Figure>
            </>
          ) : null}
          {queries ? (
            <>
              <Figure label="Rows">{formatInteger(queries.rows)}</Figure>
              <Figure label="Most of a query">{formatInteger(queries.largest)}</Figure>
              <Figure label="Without a relevant row" hint="Queries that no order of their rows scores above 0">
                {formatInteger(queries.withoutRelevant)}
              </Figure>
              <Figure label="Not found" hint="Relevant rows that are not among the candidates of their query">
                {formatInteger(queries.lostRelevant)}
              </Figure>
              <Figure label="Left out" hint="Queries that nobody judged">
                {formatInteger(queries.withoutRows)}
              </Figure>
            </>
          ) : null}
          {interactions ? (
            <>
              <Figure label="Users" hint="That the training split has">
                {formatInteger(interactions.users)}
              </Figure>
              <Figure label="Items">{formatInteger(interactions.items)}</Figure>
              <Figure label="Untrained items" hint="Nobody took them in the training split">
                {formatInteger(interactions.untrainedItems)}
              </Figure>
              <Figure label="Below the least rating" hint="Rows that are left out">
                {formatInteger(interactions.belowRating)}
              </Figure>
              <Figure label="Repeated" hint="Rows of a user and an item that stood before: left out">
                {formatInteger(interactions.repeated)}
              </Figure>
              <Figure label="Of unknown users" hint="Rows of users whom the training split does not have: left out">
                {formatInteger(interactions.withoutTraining)}
              </Figure>
            </>
          ) : null}
        </Figures>
      </Paper>
      {interactions || report.duplicates.search === 'none' ? null : <Duplicates duplicates={report.duplicates} />}
      <RowDoubts report={report} />
      <ClassDoubts doubts={classDoubts(report)} />
      {classes ? <Balance classes={classes} /> : null}
    </Stack>
  );
}

function RowDoubts({ report }: { report: DatasetReport }) {
  return rowDoubts(report).map(({ said, lines }) => (
    <Alert key={said} color="yellow" icon={<IconAlertTriangle aria-hidden />} title={`${said}.`}>
      <ul style={{ margin: 0, paddingLeft: 18 }}>
        {lines.map((line) => (
          <li key={line}>
            <Text size="xs" style={{ overflowWrap: 'anywhere' }}>
              {line}
            </Text>
          </li>
        ))}
      </ul>
    </Alert>
  ));
}

function ClassDoubts({ doubts }: { doubts: readonly string[] }) {
  if (doubts.length === 0) return null;
  return (
    <Alert color="yellow" icon={<IconTags aria-hidden />} title="Look at the names of classes">
      {doubts.map((doubt) => (
        <Text key={doubt} size="sm" style={{ overflowWrap: 'anywhere' }}>
          {doubt}.
        </Text>
      ))}
    </Alert>
  );
}

function Duplicates({ duplicates }: { duplicates: DatasetReport['duplicates'] }) {
  const { search, examples, acrossSplits, pairs } = duplicates;
  const alike = search === 'near' ? 'nearly equal to' : 'equal to';
  const found = `Examples ${alike} an earlier one: ${formatInteger(examples)}.`;
  if (acrossSplits === 0) {
    return (
      <Alert color="green" icon={<IconCopyCheck aria-hidden />} title="No example is in two splits">
        {found}
      </Alert>
    );
  }
  return (
    <Alert
      color="yellow"
      icon={<IconCopyX aria-hidden />}
      title={`Examples in two splits: ${formatInteger(acrossSplits)}`}
    >
      <Stack gap={6}>
        <Text size="sm">{found} A score on validation or test is too good where training has seen the answer.</Text>
        <ul style={{ margin: 0, paddingLeft: 18 }}>
          {pairs.map(({ splits, rows, texts }) => (
            <li key={`${rows[0]} ${rows[1]}`}>
              <Text size="xs" style={{ overflowWrap: 'anywhere' }}>
                {splits[0]} {rows[0]} and {splits[1]} {rows[1]}: {texts[1]}
              </Text>
            </li>
          ))}
        </ul>
      </Stack>
    </Alert>
  );
}

function Balance({ classes }: { classes: NonNullable<DatasetReport['classes']> }) {
  const most = Math.max(...classes.map(({ examples }) => sum(examples)));
  return (
    <Stack gap="xs">
      <Title order={2}>Classes</Title>
      <ScrollFrame label="Classes">
        <Table miw={420} horizontalSpacing={10} aria-label="Classes">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Class</Table.Th>
              <Table.Th className="rf-number">Train</Table.Th>
              <Table.Th className="rf-number">Validation</Table.Th>
              <Table.Th className="rf-number">Test</Table.Th>
              <Table.Th w="35%">
                <span className="rf-visually-hidden">Share</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {classes.map(({ name, examples }) => (
              <Table.Tr key={name}>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>{name}</Table.Td>
                <Table.Td className="rf-number">{formatInteger(examples.train)}</Table.Td>
                <Table.Td className="rf-number">{formatInteger(examples.validation)}</Table.Td>
                <Table.Td className="rf-number">{formatInteger(examples.test)}</Table.Td>
                <Table.Td>
                  <Progress value={(sum(examples) / most) * 100} aria-label={`${name}: ${sum(examples)} examples`} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollFrame>
    </Stack>
  );
}

const sum = ({ train, validation, test }: PerSplit) => train + validation + test;

export function Rows({ rows, label }: { rows: readonly DatasetRow[]; label: string }) {
  const fields = [...new Set(rows.flatMap((row) => Object.keys(row.fields)))];
  return (
    <ScrollFrame label={label}>
      <Table miw={560} horizontalSpacing={10} aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Split</Table.Th>
            {fields.map((field) => (
              <Table.Th key={field}>{field}</Table.Th>
            ))}
            <Table.Th>From</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={`${row.split} ${row.row}`}>
              <Table.Td>
                <Badge color="gray">{row.split}</Badge>
              </Table.Td>
              {fields.map((field) => (
                <Table.Td key={field} style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
                  <Text size="sm" lineClamp={4}>
                    {row.fields[field]}
                  </Text>
                </Table.Td>
              ))}
              <Table.Td style={{ whiteSpace: 'nowrap' }}>
                <Text size="xs" c="dimmed">
                  {row.row}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollFrame>
  );
}
