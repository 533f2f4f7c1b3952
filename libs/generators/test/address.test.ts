import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addressPolicy, generatorVariables, permitted, readAddresses, readGeneratorSettings } from '../src/index.js';

const policy = (allowed: string, allowPrivate = false) => ({ allowed: readAddresses(allowed), allowPrivate });

describe('an address of a generator', () => {
  it.for([
    ['http://127.0.0.1:8000/v1', 'loopback', 'loopback', true],
    ['http://localhost:11434/v1', 'loopback', 'loopback', true],
    ['http://[::1]:8000/v1', 'loopback', 'loopback', true],
    ['http://0x7f.1:8000/v1', 'loopback', 'loopback', true],
    ['https://models.example.com/v1', 'loopback,https://models.example.com/v1', 'public', false],
    ['https://models.example.com//v1/team/', 'https://models.example.com/v1', 'public', false],
    ['http://10.0.0.5:8000/v1', 'http://10.0.0.5:8000', 'any', false],
    ['http://127.0.0.1:8000/v1', 'loopback,http://127.0.0.1:8000/v1', 'any', false],
  ] as const)('may be %s where the list has %s', ([url, allowed, reach, anyPort]) => {
    expect(permitted(url, policy(allowed))).toEqual({ reach, anyPort });
  });

  it('accepts a name that resolves to a private address where that is allowed', () => {
    const url = 'http://vllm.internal:8000/v1';
    expect(permitted(url, policy(url, true))).toEqual({ reach: 'private', anyPort: false });
    expect(permitted(url, policy(url))).toEqual({ reach: 'public', anyPort: false });
  });

  it.for([
    ['http://127.0.0.1:8000/latest/user-data#', 'must hold no query and no fragment'],
    ['http://127.0.0.1:8000/latest/user-data?', 'must hold no query and no fragment'],
    ['http://127.0.0.1:8000/v1?a=1', 'must hold no query and no fragment'],
    ['http://me@127.0.0.1:8000/v1', 'must hold no user and no password'],
    ['http://@127.0.0.1:8000/v1', 'must hold no user and no password'],
    ['file:///etc/passwd', 'expected an http or https address'],
    ['http:127.0.0.1/v1', 'expected an http or https address'],
    ['http://127.0.0.1:80\n00/v1', 'must hold no blank, backslash or control character'],
    ['http://127.0.0.1\\@evil.org/v1', 'must hold no user and no password'],
    ['http://127.0.0.1:8000\\v1', 'must hold no blank, backslash or control character'],
    ['http://127.0.0.1:8000/v1/..%2fadmin', 'must hold no encoded slash, dot, percent sign or control character'],
  ] as const)('is not %j, whatever the list has', ([url, message]) => {
    expect(() => permitted(url, policy('loopback,http://127.0.0.1:8000'))).toThrow(
      `the address of a generator ${message}`,
    );
  });

  it('is of this machine by default, until a platform has several projects', () => {
    const settings = readGeneratorSettings(z.object(generatorVariables).parse({}), {});
    expect(addressPolicy(settings.addresses, 'one project')).toEqual({ allowed: ['loopback'], allowPrivate: false });
    expect(addressPolicy(settings.addresses, 'several projects')).toEqual({ allowed: [], allowPrivate: false });
    const listed = { RANKFORGE_GENERATOR_ADDRESSES: 'loopback' };
    const own = readGeneratorSettings(z.object(generatorVariables).parse(listed), listed);
    expect(addressPolicy(own.addresses, 'several projects').allowed).toEqual(['loopback']);
  });

  it.for([
    ['http://10.0.0.5:8000/v1', 'loopback'],
    ['http://169.254.169.254/latest', 'loopback'],
    ['http://[::ffff:127.0.0.1]:8000/v1', 'loopback'],
    ['http://[::ffff:a9fe:a9fe]/latest', 'loopback'],
    ['http://2852039166/latest', 'loopback'],
    ['http://0.0.0.0:8000/v1', 'loopback'],
    ['http://127.0.0.1.example.com/v1', 'loopback'],
    ['https://models.example.com.evil.org/v1', 'https://models.example.com'],
    ['https://models.example.com:444/v1', 'https://models.example.com'],
    ['https://models.example.com/v10', 'https://models.example.com/v1'],
    ['http://models.example.com/v1', 'https://models.example.com/v1'],
    ['http://127.0.0.1:8000/v1', ''],
  ] as const)('is not %s where the list has %s', ([url, allowed]) => {
    expect(() => permitted(url, policy(allowed))).toThrow(
      /is not an address that generators may have here \(.*\): an administrator lists it in RANKFORGE_GENERATOR_ADDRESSES/,
    );
  });

  it.for(['ftp://10.0.0.5', '10.0.0.5', 'https://me:secret@models.example.com', 'https://models.example.com?a=1'])(
    'is not listed as %s',
    (text) => {
      expect(() => readAddresses(text)).toThrow(`"${text}" is neither "loopback" nor an address such as`);
    },
  );
});

describe('the key of a generator', () => {
  const name = 'RANKFORGE_GENERATOR_KEY_A';
  const a = 'https://a.example.com/v1';
  const keyFor = (url: string, addresses: string, of?: string) => {
    const environment = { RANKFORGE_GENERATOR_ADDRESSES: addresses, [name]: 'secret', [`${name}_ADDRESS`]: of };
    return readGeneratorSettings(z.object(generatorVariables).parse(environment), environment).key(name, url);
  };

  it.for([
    ['the only address that is allowed', 'https://a.example.com', undefined],
    ['an address that it is for', `https://b.example.com,${a}`, a],
    ['one of several that it is for', 'https://b.example.com,https://a.example.com', `http://c.example.com, ${a}`],
  ] as const)('is given for %s', ([, addresses, of]) => {
    expect(keyFor(a, addresses, of)).toBe('secret');
  });

  it('goes to any port of this machine where no other address is allowed', () => {
    expect(keyFor('http://localhost:8000/v1', 'loopback')).toBe('secret');
  });

  it.for([
    [
      'an address that it is not for',
      'loopback,https://b.example.com',
      'https://b.example.com/v1',
      `${name} is for https://b.example.com/v1, and is not sent to ${a}: name the variable of this address in keyFrom`,
    ],
    [
      'several addresses without a word of which it is for',
      `loopback,${a}`,
      undefined,
      `nothing says which of the 2 allowed addresses ${name} is for: an administrator sets ${name}_ADDRESS to it`,
    ],
    ['an address that is none', a, 'a.example.com', `${name}_ADDRESS: "a.example.com" is neither "loopback" nor`],
  ] as const)('is refused for %s', ([, addresses, of, message]) => {
    expect(() => keyFor(a, addresses, of)).toThrow(message);
  });
});
