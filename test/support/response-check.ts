import { Ajv2020 } from 'ajv/dist/2020.js';

export interface OpenApiDocument {
  paths: Record<string, Record<string, { responses: Record<string, { content?: Record<string, unknown> }> }>>;
}

export interface CheckedResponse {
  method: string;
  path: string;
  status: number;
  type: string;
  /** Text of JSON; undefined for an answer of another type. */
  body: string | undefined;
}

/** Holds answers to an OpenAPI document: their status, their type, and JSON to its schema. */
export class ResponseCheck {
  // Formats stand beside patterns; unknown keywords are those of OpenAPI.
  private readonly ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  private readonly routes: { pattern: RegExp; path: string }[];

  constructor(private readonly document: OpenApiDocument) {
    this.ajv.addSchema(document, 'openapi');
    // A path that is spelled out stands before one with a parameter in its place.
    this.routes = Object.keys(document.paths)
      .sort((a, b) => a.split('{').length - b.split('{').length)
      .map((path) => ({ path, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`) }));
  }

  /** @throws Error naming the route, the status and every place that is not as it is described */
  verify({ method, path, status, type, body }: CheckedResponse): void {
    const route = this.routes.find(({ pattern }) => pattern.test(path))?.path;
    const operation = route === undefined ? undefined : this.document.paths[route]?.[method.toLowerCase()];
    // Files of the page, and addresses of nothing.
    if (route === undefined || !operation) return;
    const fail = (what: string): never => {
      throw new Error(
        `${method} ${route} answered ${status}, and ${what}${body === undefined ? '' : `: ${body.slice(0, 500)}`}`,
      );
    };
    const key = operation.responses[String(status)] ? String(status) : 'default';
    if (key === 'default' && status < 400) fail('its description has no such status');
    const { content } = operation.responses[key]!;
    const media = type.split(';')[0]!;
    if (!content) {
      if (media !== '') fail(`its description has no body, but it is ${media}`);
      return;
    }
    if (!(media in content))
      fail(`its description has ${Object.keys(content).join(', ')}, but it is ${media || 'empty'}`);
    if (body === undefined) return;
    const pointer = ['paths', route, method.toLowerCase(), 'responses', key, 'content', media, 'schema'];
    const check = this.ajv.getSchema(`openapi#/${pointer.map(pointerPart).join('/')}`);
    if (!check) throw new Error(`${method} ${route}: the schema of its ${key} is not there`);
    if (check(JSON.parse(body))) return;
    const places = check.errors
      ?.slice(0, 8)
      .map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
    fail(`it is not as described (${places?.join('; ')})`);
  }
}

const pointerPart = (part: string) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
