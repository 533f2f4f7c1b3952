import { Alert } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { meQuery } from '../lib/api/session.js';

interface RoleNoticeProps {
  /** What the form would do, as "add data". */
  does: string;
  /** What is open all the same. */
  instead?: string;
}

/** Stands above a form that the key of who reads it may not send, so that nobody fills it in vain. */
export function RoleNotice({ does, instead }: RoleNoticeProps) {
  const me = useQuery(meQuery);
  return (
    <Alert color="yellow" icon={<IconLock aria-hidden />} title={`Your key may not ${does}`} mb="md">
      Its role is {me.data?.role ?? 'another'}; this needs submitter or admin. {instead} Ask whoever manages the keys of
      this project for one.
    </Alert>
  );
}
