import { describe, expect, it } from 'vitest';
import { emailText } from '../src/text/email.js';

const headers = [
  'From ilug-admin@linux.ie  Thu Aug 22 12:36:23 2002',
  'Return-Path: <ilug-admin@linux.ie>',
  'Delivered-To: zzzz@localhost.netnoteinc.com',
  'Received: from phobos [127.0.0.1] by localhost; Thu, 22 Aug 2002 12:36:16 +0100',
  'From: Mary <mary@sender.test>',
  'To: ilug@linux.ie',
  'Date: Thu, 22 Aug 2002 12:36:16 +0100',
  'X-Spam-Status: Yes, hits=9.1 required=5.0',
  'X-Spam-Flag: YES',
  'List-Id: Irish Linux Users Group',
  'X-Mailer: Bulk 1.0',
];

const email = (subject: string, body: string) => [...headers, `Subject: ${subject}`, '', body].join('\n');

describe('emailText', () => {
  it('keeps subject and body and no other header', async () => {
    expect(await emailText(email('Lunch', 'At noon?'))).toBe('Lunch\nAt noon?');
  });

  it.each([
    ['a filter’s mark', 'Re: *****SPAM***** Offer', 'Re: Offer'],
    ['a filter’s tag', '[SPAM] Offer', 'Offer'],
    ['a list’s name', 'Re: [ILUG] Offer', 'Re: Offer'],
  ])('removes %s from the subject', async (_, subject, expected) => {
    expect(await emailText(email(subject, 'Text.'))).toBe(`${expected}\nText.`);
  });

  it.each([
    ['a filter’s report', 'SPAM: 5.3 hits\n> SPAM: quoted\nText.'],
    ['quoted filter headers', 'Text.\n> X-Spam-Status: No, hits=1'],
    ['a Mailman footer', `Text.\n${'_'.repeat(47)}\nExmh-users mailing list\nhttps://redhat.test/exmh`],
    ['the pointer to a list’s page', 'Text.\nhttp://xent.com/mailman/listinfo/fork'],
    ['a list’s post address', "Text.\nIrish Linux Users' Group: ilug@linux.ie"],
  ])('removes %s from the body', async (_, body) => {
    expect(await emailText(email('Hello', body))).toBe('Hello\nText.');
  });

  it('keeps a rule of underscores that is not a list’s footer', async () => {
    const rule = '_'.repeat(30);
    expect(await emailText(email('Hello', `Text.\n${rule}\nBuy now`))).toBe(`Hello\nText.\n${rule}\nBuy now`);
  });

  it('hides addresses of the collected mailboxes', async () => {
    expect(await emailText(email('Hi', 'Dear zzzz@spamassassin.taint.org,'))).toBe('Hi\nDear someone@example.com,');
  });

  it('reads HTML and transfer encodings as text', async () => {
    const source = [
      'Subject: =?utf-8?q?Caf=C3=A9?=',
      'Content-Type: text/html; charset=utf-8',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      '<p>Save =E2=82=AC5 <b>now</b></p>',
    ].join('\n');
    expect(await emailText(source)).toBe('Café\nSave €5 now');
  });

  it('is at most 2,000 characters', async () => {
    expect(await emailText(email('Long', 'word '.repeat(5000)))).toHaveLength(2000);
  });
});
