import { notifications } from '@mantine/notifications';
import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query';

/** A change of one list: it is read again afterwards, and a refusal is shown with its reason. */
export function useChange<I, O>(change: (input: I) => Promise<O>, list: QueryKey) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => client.invalidateQueries({ queryKey: list }),
    onError: (error) => notifications.show({ color: 'red', title: 'Not done', message: error.message }),
  });
}
