import { Kbd, Modal, Table } from '@mantine/core';

const keys: readonly [keys: readonly string[], does: string][] = [
  [['Ctrl', 'K'], 'Search everything (⌘ K on a Mac)'],
  [['/'], 'Go to the search of this page, or search everything'],
  [['?'], 'Show these keys'],
  [['←', '→'], 'Go to the next tab, where a tab has the focus'],
  [['Esc'], 'Close what is open'],
];

export function KeysDialog({ onClose }: { onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} centered title={<b>Keys</b>} closeButtonProps={{ 'aria-label': 'Close' }}>
      <Table aria-label="Keys">
        <Table.Tbody>
          {keys.map(([pressed, does]) => (
            <Table.Tr key={does}>
              <Table.Th scope="row" w={110} fw={400}>
                {pressed.map((key) => (
                  <Kbd key={key} mr={4}>
                    {key}
                  </Kbd>
                ))}
              </Table.Th>
              <Table.Td>{does}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
