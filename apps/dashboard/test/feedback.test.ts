import { MantineProvider } from '@mantine/core';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { Failure } from '../src/components/feedback.js';
import { ProblemError } from '../src/lib/api/client.js';

const sentences = (status: number) => {
  const error = new ProblemError({ title: 'Refused', status, detail: 'There is one already.' });
  const markup = renderToStaticMarkup(createElement(MantineProvider, null, createElement(Failure, { error })));
  return [...markup.matchAll(/<p [^>]*>(.*?)<\/p>/g)].map(([, text]) => text);
};

it('adds nothing to the detail of a conflict or an unknown key, and says what to do elsewhere', () => {
  expect(sentences(401)).toEqual(['There is one already.']);
  expect(sentences(409)).toEqual(['There is one already.']);
  expect(sentences(429)).toEqual(['There is one already.', 'Too many requests: wait a few seconds and try again.']);
});
