import type { LoggerService } from '@nestjs/common';
import { escapedLine } from '@rankforge/contracts';
import { type DestinationStream, type Logger, pino } from 'pino';

/** Fields whose value is a secret, at the top of a line or in an object in it. */
const secretFields = ['key', 'secret', 'password', 'token', 'authorization', 'cookie', '["set-cookie"]'];
const at = (prefix: string) =>
  secretFields.map((field) => (prefix === '' || field.startsWith('[') ? `${prefix}${field}` : `${prefix}.${field}`));

/**
 * JSON lines; whatever carries a secret is left out.
 * @param destination default: standard output
 */
export function createLogger(level: string, destination: DestinationStream = pino.destination(1)): Logger {
  const options = {
    level,
    base: { service: 'api', pid: process.pid },
    redact: {
      paths: [...at(''), ...at('*'), ...at('*.*')],
      censor: '[redacted]',
    },
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: { streamWrite: escapedLine },
  };
  return pino(options, destination);
}

/** Nest's messages through the same logger. An object in front of a message is its fields. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest puts the context last; `logger.warn(fields, text)` becomes pino's own form. */
  private write(level: 'trace' | 'debug' | 'warn' | 'error' | 'fatal', message: unknown, rest: unknown[]): void {
    const texts = rest.filter((value) => typeof value === 'string');
    const context = texts.pop();
    if (message instanceof Error) this.logger[level]({ context, err: message }, message.message);
    else if (message !== null && typeof message === 'object')
      this.logger[level]({ context, ...message }, texts.join(' '));
    else this.logger[level]({ context }, [message, ...texts].join(' '));
  }
}
