/** @file Addresses of endpoints: what follows one is written behind its path, so that the path has to be its end. */

/** Letters that end a path, or that readers of an address take for different ones. */
const unfit = /[\s\\\p{C}]/u;

/** A slash, a dot, a percent sign or a control character as a server may read it after decoding. */
const encoded = /%(?:2[ef5]|5c|[01][0-9a-f]|7f)/i;

/**
 * Says why a text is no address of an endpoint; undefined where it is one. The letters are looked at as well as the parts: a `#` or `?`
 * at the end leaves no mark in the parts of a URL, and turns what follows into a fragment or a query.
 *
 * @example faultOfEndpointUrl('http://127.0.0.1:8000/v1#') // 'must hold no query and no fragment …'
 */
export function faultOfEndpointUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:\/\//i.test(text)) return 'expected an http or https address, e.g. http://127.0.0.1:8000/v1';
  if (url.username !== '' || url.password !== '' || /^https?:\/*[^/?#]*@/i.test(text)) {
    return 'must hold no user and no password: a key comes from the variable that keyFrom names';
  }
  if (/[?#]/.test(text)) return 'must hold no query and no fragment (? or #): /chat/completions follows its path';
  if (unfit.test(text)) return 'must hold no blank, backslash or control character';
  if (encoded.test(url.pathname))
    return 'must hold no encoded slash, dot, percent sign or control character in its path';
  return undefined;
}
