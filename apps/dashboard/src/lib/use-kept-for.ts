import { useState } from 'react';

/** A value as it was when it was first there for this address; made anew when the address changes. */
export function useKeptFor<T>(address: string, make: () => T | undefined): T | undefined {
  const [kept, keep] = useState<{ address: string; value: T | undefined }>();
  if (kept !== undefined && kept.address === address && kept.value !== undefined) return kept.value;
  const value = make();
  if (kept?.address !== address || value !== kept.value) keep({ address, value });
  return value;
}
