import type { FieldError, ProblemKind } from '@rankforge/contracts';

const kinds: Record<ProblemKind, { status: number; title: string }> = {
  validation: { status: 400, title: 'The request is not valid' },
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  'malformed-http': { status: 400, title: 'The request is not one that HTTP allows here' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body has a type that is not read here' },
  unauthenticated: { status: 401, title: 'A valid API key is needed' },
  forbidden: { status: 403, title: 'The role of this key does not allow it' },
  'cross-site': { status: 403, title: 'Pages of other sites may not do this' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'The method is not one of this address' },
  conflict: { status: 409, title: 'The state does not allow it' },
  'precondition-failed': { status: 412, title: 'A condition of the request does not hold' },
  'range-not-satisfiable': { status: 416, title: 'The file does not have this range' },
  'too-many-trials': { status: 400, title: 'The sweep expands to too many trials' },
  'idempotency-mismatch': { status: 422, title: 'The idempotency key belongs to another request' },
  'quota-exceeded': { status: 409, title: 'A quota of the project does not allow it' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  unavailable: { status: 503, title: 'A dependency is down' },
  internal: { status: 500, title: 'Something went wrong here' },
};

/** An answer that is a problem. Thrown anywhere, served as RFC 9457 by the filter. */
export class ProblemError extends Error {
  readonly status: number;
  readonly title: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly kind: ProblemKind,
    readonly detail: string,
    readonly errors?: readonly FieldError[],
    options?: ErrorOptions & {
      /** In place of that of the kind, where a kind has several. */
      status?: number;
      headers?: Readonly<Record<string, string>>;
    },
  ) {
    super(detail, options);
    this.name = 'ProblemError';
    this.status = options?.status ?? kinds[kind].status;
    this.headers = options?.headers ?? {};
    this.title = kinds[kind].title;
  }
}

/** Fields that one answer names. */
const namedFields = 100;

/** Refuses a request for the fields named, of which the answer has the first hundred and says how many there are. */
export function invalid(errors: readonly FieldError[]): ProblemError {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new ProblemError(
    'validation',
    first ? `${first.path || 'the body'}: ${first.message}${more}` : 'Not valid',
    errors.slice(0, namedFields),
  );
}

export function notFound(what: string, id: string): ProblemError {
  return new ProblemError('not-found', `There is no ${what} ${id}`);
}

/**
 * JSON pointer (RFC 6901) of a path.
 * @example jsonPointer(['methods', 0, 'config', 'a/b']) // '/methods/0/config/a~1b'
 */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
