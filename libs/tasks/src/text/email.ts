/**
 * @file What a classifier may read of an e-mail.
 *
 * Only the subject is kept of the headers. All others go, because in this corpus they tell where and when a message was
 * collected and so its label, whatever it says:
 * - verdicts of filters: `X-Spam-*` (Status, Level, Flag, Checker-Version), `X-Spamd-*`;
 * - route and collection: `Received`, `Return-Path`, `Delivered-To`, `Envelope-To`, the mbox `From ` line;
 * - lists (ham came mostly from a few): `List-*`, `Sender`, `Errors-To`, `Precedence`, `X-Mailman-Version`,
 *   `X-BeenThere`, `Mailing-List`;
 * - time (ham and spam were collected in different months): `Date`, `X-Original-Date`;
 * - people and software: `From`, `To`, `Cc`, `Reply-To`, `Message-Id`, `In-Reply-To`, `References`, `X-Mailer`,
 *   `User-Agent`, `MIME-Version`, `Content-*`.
 *
 * From subject and body go the traces that filters, lists and the collection left there: `*****SPAM*****` and `[SPAM]`;
 * lines of a filter's report (`SPAM: …`, `X-Spam-…`, quoted too); a list's `[name]` at the start of the subject; a
 * list's footer and lines that point to its page or post address; addresses of the mailboxes that were collected.
 */
/** Source characters that are parsed: an attachment beyond them is not decoded. */
const SOURCE_CHARACTERS = 32_768;

/** Characters of the result. */
const TEXT_CHARACTERS = 2000;

/**
 * Subject, a line break and the body of an e-mail as plain text (HTML is converted), without what gives its label away.
 *
 * @example await emailText('X-Spam-Status: Yes\nSubject: [ILUG] *****SPAM***** Hello\n\nSPAM: 5 hits\nHi!')
 * // 'Hello\nHi!'
 */
export async function emailText(source: string): Promise<string> {
  // Loaded by whoever reads mail: its forty modules cost each trainer's start as much as those of tfjs.
  const { simpleParser } = await import('mailparser');
  const { subject, text } = await simpleParser(source.slice(0, SOURCE_CHARACTERS), {
    skipTextToHtml: true,
    skipTextLinks: true,
    skipImageLinks: true,
  });
  const joined = `${withoutListName(subject ?? '')}\n${withoutFooter(text ?? '')}`;
  return joined
    .replace(FILTER_MARK, '')
    .replace(TRACE_LINE, '')
    .replace(COLLECTED_ADDRESS, 'someone@example.com')
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n[ \n]*/g, '\n')
    .trim()
    .slice(0, TEXT_CHARACTERS);
}

const FILTER_MARK = /\*{3,} ?SPAM ?\*{3,}|\[SPAM\]/gi;
const TRACE_LINE = /^(?:[>\s]*(?:SPAM:|X-Spam|List maintainer:).*|.*(?:listinfo|ilug@linux\.ie).*)$/gim;
const COLLECTED_ADDRESS = /[^\s<>"'(]*@[\w.-]*(?:taint\.org|netnoteinc\.com)/gi;
const LIST_NAME = /^((?:re|fwd?|aw): *)*\[[^\]]{1,40}\] */i;

function withoutListName(subject: string): string {
  return subject.replace(FILTER_MARK, '').trim().replace(LIST_NAME, '$1');
}

/** Mailman and its kin: a rule of underscores or dashes, then a line that names the list, up to the end. */
function withoutFooter(body: string): string {
  return body.replace(/\n[_-]{20,}\s*\n(?=[^\n]*(?:mailing list|list@|-list|unsubscribe|yahoo! groups))[\s\S]*$/i, '');
}
