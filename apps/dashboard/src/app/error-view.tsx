import type { ErrorComponentProps } from '@tanstack/react-router';
import { Failure } from '../components/feedback.js';

/** Stands for a page that threw while loading or drawing. */
export function ErrorView({ error, reset }: ErrorComponentProps) {
  return <Failure error={error instanceof Error ? error : new Error(String(error))} onRetry={reset} />;
}
