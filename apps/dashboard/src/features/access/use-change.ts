import { notifications } from '@mantine/notifications';
import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query';

/**
 * A change of one list: it is read again afterwards, and a refusal is shown with its reason.
 *
 * @param exact only the list is read again, not what is read of one of its items: that may be gone. Default false
 */
export function useChange<I, O>(change: (input: I) => Promise<O>, list: QueryKey, { exact = false } = {}) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => client.invalidateQueries({ queryKey: list, exact }),
    onError: (error) => notifications.show({ color: 'red', title: 'Not done', message: error.message }),
  });
}
