import { notifications } from '@mantine/notifications';
import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query';
import { mistakeOf } from '../../lib/api/client.js';

/**
 * A change of one list: it is read again afterwards, and a refusal is shown with its reason.
 *
 * @param exact only the list is read again, not what is read of one of its items: that may be gone. Default false
 * @param beside path of a field that shows its own mistake. Default: none does
 * @param onDone is told of the answer also where the form that asked is gone by then
 */
export function useChange<I, O>(
  change: (input: I) => Promise<O>,
  list: QueryKey,
  { exact = false, beside, onDone }: { exact?: boolean; beside?: string; onDone?: (answer: O, input: I) => void } = {},
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (answer, input) => onDone?.(answer, input),
    onSettled: () => client.invalidateQueries({ queryKey: list, exact }),
    onError: (error) => {
      if (beside !== undefined && mistakeOf(error, beside) !== undefined) return;
      notifications.show({ color: 'red', title: 'Not done', message: error.message });
    },
  });
}
